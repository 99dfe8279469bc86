import { type Scores, TtcError } from '../core/index.ts';
import type { Report } from '../report/index.ts';
import type { PlayedBenchmark } from '../runner/play.ts';
import { score } from '../runner/score.ts';
import { readRun } from '../store/read-run.ts';
import { writeScores } from '../store/rescored.ts';
import { openBenchmark } from './open-benchmarks.ts';
import { type ReportOptions, reportOn } from './report-on.ts';

/**
 * Scores the answers of a finished run anew, with the scorers of this version, and writes its report. Calls no model
 * and changes no journal: the scores go to `scores.jsonl` beside it.
 */
export async function rescore(path: string, options: ReportOptions & { signal: AbortSignal }): Promise<Report> {
  const read = readRun(path);
  if (!read.manifest) throw new TtcError('E_JOURNAL', `${path} has no readable run.json: what was run is not known`);
  const benchmarks = new Map<string, PlayedBenchmark>();
  for (const config of read.manifest.config.benchmarks) {
    const { planned, played } = await openBenchmark(config);
    benchmarks.set(planned.name, played);
  }
  const rescored = new Map<string, Scores>();
  for (const trial of read.trials()) {
    const { scores } = await score(trial, benchmarks.get(trial.cell.benchmark), {}, options.signal);
    options.signal.throwIfAborted();
    if (trial.status === 'ok') rescored.set(trial.key, scores);
  }
  await writeScores(path, rescored);
  return reportOn(path, { ...options, write: true });
}
