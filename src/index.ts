/** ttcbench as a library. */
export * from './core/index.ts';
export { loadConfig, openBackend, registries, reportOn, startRun } from './ttcbench/index.ts';
