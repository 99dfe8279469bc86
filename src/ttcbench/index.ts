/** The library's entry: registries, a run, its report. */
export { loadConfig } from '../config/index.ts';
export { evaluator } from '../metrics/index.ts';
export { dryRun } from './dry-run.ts';
export { version } from './facts.ts';
export { isFinished } from './finished-run.ts';
export { isDuration } from './load.ts';
export { openBackend } from './open-backend.ts';
export { registries } from './registries.ts';
export { reportOn } from './report-on.ts';
export { rescore } from './rescore.ts';
export { type RunResult, type StartRun, startRun } from './start-run.ts';
export { checkLoadSweep, type LoadSweep, levelOf, sweepLoad } from './sweep-load.ts';
