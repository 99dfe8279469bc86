/** The library's entry: registries, a run, its report. */

export { version } from '../assembly/facts.ts';
export { isFinished } from '../assembly/finished-run.ts';
export { isDuration } from '../assembly/limits.ts';
export { openBackend } from '../assembly/open-backend.ts';
export { clientKitOf, openVariant } from '../assembly/open-variant.ts';
export { registries } from '../assembly/registries.ts';
export { loadConfig } from '../config/index.ts';
export { evaluator } from '../metrics/index.ts';
export { dryRun } from './dry-run.ts';
export { reportOn } from './report-on.ts';
export { rescore } from './rescore.ts';
export { type RunResult, type StartRun, startRun } from './start-run.ts';
export { checkLoadSweep, type LoadSweep, levelOf, sweepLoad } from './sweep-load.ts';
