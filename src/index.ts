/** ttcbench as a library. */
export * from './core/index.ts';
export {
  clientKitOf,
  evaluator,
  loadConfig,
  openBackend,
  openVariant,
  registries,
  reportOn,
  rescore,
  startRun,
} from './ttcbench/index.ts';
