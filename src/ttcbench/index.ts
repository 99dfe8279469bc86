/** The library's entry: registries, a run, its report. */

export { isFinished } from '../assembly/finished-run.ts';
export { openBackend } from '../assembly/open-backend.ts';
export { clientKitOf, openVariant } from '../assembly/open-variant.ts';
export { registries } from '../assembly/registries.ts';
export type { Execution, LoadOptions, ResolvedConfig, RunFlags } from '../config/index.ts';
export { version } from '../core/index.ts';
export { evaluator } from '../metrics/index.ts';
export type {
  Decision,
  LoadCurve,
  LoadPoint,
  Report,
  ReportCell,
  ReportGroup,
  Spread,
  VsBaseline,
} from '../report/index.ts';
export type { RunEvent } from '../runner/run.ts';
export { type BuildTablesOptions, type BuiltTables, buildTables, filesOf, shippedProject } from './build-tables.ts';
export { type CompareOptions, compareFolders, comparePoliciesOf } from './compare-runs.ts';
export { type DryRun, dryRun } from './dry-run.ts';
export { type ExportOptions, type ExportResult, exportTables, formatNames, tableNames } from './export-tables.ts';
export { loadConfig } from './load-config.ts';
export { openTables, type PublishedRun, type PublishOptions, publishTables, type Tables } from './open-tables.ts';
export { columnsOfRun, type ExpressionAsked, reportExpression } from './report-expression.ts';
export { reportJoined } from './report-joined.ts';
export { type ReportOptions, reportOn } from './report-on.ts';
export { isLoadSweep, readLoadCurve, reportOnLoad } from './report-on-load.ts';
export { rescore } from './rescore.ts';
export { savedExpressions, saveExpression } from './saved-expressions.ts';
export { type Difference, firstDifference, type ShownSample, type ShownTrial, showSample } from './show-sample.ts';
export { type RunResult, type StartRun, startRun } from './start-run.ts';
export { type PlannedSweep, planSweep, type SweepParams, sweep } from './sweep.ts';
export { type LoadSweep, type LoadSweepResult, levelOf, sweepLoad } from './sweep-load.ts';
export { type RunView, viewRun, withoutVerdicts } from './view-run.ts';
export { listBenchmarks, listPolicies } from './what-there-is.ts';
export type { ReportFiles } from './write-report.ts';
