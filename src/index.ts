/** ttcbench as a library. */
export * from './core/index.ts';
export { evaluator, loadConfig, openBackend, registries, reportOn, rescore, startRun } from './ttcbench/index.ts';
