import { checkMargin } from '../assembly/check-metrics.ts';
import { openBenchmark } from '../assembly/open-benchmarks.ts';
import { openJudges } from '../assembly/open-judges.ts';
import { type Trial, TtcError } from '../core/index.ts';
import { metrics as builtMetrics, objectivesOf } from '../metrics/index.ts';
import { userMetrics } from '../modules/user-metrics.ts';
import type { Report } from '../report/index.ts';
import { score } from '../runner/score.ts';
import { type ReadRun, readRun } from '../store/read-run.ts';
import { type Rescored, readScores, withRescored, writeScores } from '../store/rescored.ts';
import { checkGivenMetrics } from './check-given-metrics.ts';
import { type ReportOptions, reportOn } from './report-on.ts';

/**
 * Scores the answers of a finished run anew, with the scorers of this version, and writes its report. Calls no language
 * model and changes no journal: the scores go to `scores.jsonl` beside it.
 */
export async function rescore(path: string, options: ReportOptions & { signal: AbortSignal }): Promise<Report> {
  const read = readRun(path);
  if (!read.manifest) throw new TtcError('E_JOURNAL', `${path} has no readable run.json: what was run is not known`);
  await checkOptions(read, options);
  const opened = await Promise.all(read.manifest.config.benchmarks.map(openBenchmark));
  const benchmarks = new Map(opened.map(({ planned, played }) => [planned.name, played]));
  await using judging = await openJudges(opened, undefined, { signal: options.signal, download: false });
  using earlier = readScores(path);
  const rescored = new Map<string, Rescored>();
  for (const played of read.trials()) {
    const trial = withRescored(played, earlier);
    const scored = await score(trial, benchmarks.get(trial.cell.benchmark), judging.judges, options.signal);
    options.signal.throwIfAborted();
    if (trial.status === 'ok') rescored.set(trial.key, keepMeaning(scored, trial));
  }
  await writeScores(path, rescored);
  // Awaited here: while the judges close, a report that fails would be nobody's.
  return await reportOn(path, { ...options, write: true });
}

/** What the report at the end would refuse is refused before anything is scored. */
async function checkOptions(read: ReadRun, { metrics = [], margin = {}, slo = {} }: ReportOptions): Promise<void> {
  checkGivenMetrics(read, metrics);
  const known = [...builtMetrics, ...(await userMetrics(metrics))];
  checkMargin(margin, known);
  objectivesOf(slo, known);
}

/** Without the encoder, what it said in the run still holds: neither answer nor reference has changed. */
function keepMeaning({ scores, encoder }: Trial, played: Trial): Rescored {
  const { semantic_similarity: before } = played.scores;
  if (encoder !== undefined || played.encoder === undefined || before === undefined)
    return { scores, ...(encoder && { encoder }) };
  return { scores: { ...scores, semantic_similarity: before }, encoder: played.encoder };
}
