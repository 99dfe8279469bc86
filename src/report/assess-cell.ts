/** What a cell's intervals show of its time, its score and its cost, each by itself. The words for it stand elsewhere. */
import { timeMetric } from '../metrics/index.ts';
import type { Interval } from '../stats/index.ts';
import { blockTime, costMetrics, headlineMetric } from './decisions.ts';
import type { ReportCell, ReportGroup, VsBaseline } from './report-types.ts';

/** `unclear`: no difference shown, and none excluded. `few`: too few samples for a verdict. `none`: not compared. */
export type Shown = 'better' | 'worse' | 'same' | 'unclear' | 'few' | 'none';

export interface Assessment {
  cell: ReportCell;
  /** By the time of the answers, or by CPU time where times are in doubt. */
  time: Shown;
  score: Shown;
  cost: Shown;
  /** The baseline's tokens in every trial: the answers are the same, whatever a score would say. */
  sameAnswers: boolean;
  timeOf: VsBaseline | undefined;
  /** Metric that stands for time. */
  timeName: string;
  scoreOf: VsBaseline | undefined;
  /** Of `cost_usd` or CPU seconds, where that does not stand for time. */
  costOf: VsBaseline | undefined;
  costName: string | undefined;
}

const shownBy: Record<VsBaseline['verdict'], Shown> = {
  ...{ better: 'better', worse: 'worse', equivalent: 'same', different: 'unclear' },
  ...{ 'not shown': 'unclear', 'too few': 'few' },
};

export interface AssessAbout {
  /** The baseline against itself: where it differs from itself, what it differs by is no policy's doing. */
  noise: ReportCell | undefined;
  /** Something held up the engine: its CPU time says more than its times do. */
  isDoubtful: boolean;
}

export function assessCell(cell: ReportCell, { floor }: ReportGroup, { noise, isDoubtful }: AssessAbout): Assessment {
  const { vs_baseline, fidelity, metrics } = cell;
  const scoreOf = vs_baseline[headlineMetric];
  const cost = costMetrics.find((name) => name in vs_baseline);
  const byProcessor = isDoubtful && cost === 'cpu_seconds';
  const timeName = byProcessor ? cost : cell.blocks ? blockTime : timeMetric.name;
  const costName = byProcessor ? undefined : cost;
  const shown = (name: string | undefined) => {
    if (name === undefined) return 'none';
    return beyond(vs_baseline[name], driftOf(noise?.vs_baseline[name === blockTime ? timeMetric.name : name]));
  };
  return {
    ...{ cell, timeName, costName, scoreOf },
    ...{ timeOf: vs_baseline[timeName], costOf: costName === undefined ? undefined : vs_baseline[costName] },
    ...{ time: shown(timeName), cost: shown(costName) },
    score: floor || !scoreOf ? 'none' : shownBy[scoreOf.verdict],
    sameAnswers: fidelity === 'exact' && metrics.agreement?.mean === 1,
  };
}

/** The interval of the baseline's difference to itself, where it excludes none. */
export function driftOf(noise: VsBaseline | undefined): Interval | undefined {
  return noise?.verdict === 'better' || noise?.verdict === 'worse' ? noise.ratio : undefined;
}

/** A difference is shown only where its interval lies off everything that the machine did by itself. */
function beyond(comparison: VsBaseline | undefined, drift: Interval | undefined): Shown {
  if (!comparison || comparison.ratio.mean === null) return 'none';
  const shown = shownBy[comparison.verdict];
  if (!drift || (shown !== 'better' && shown !== 'worse')) return shown;
  const { low, high } = comparison.ratio;
  const isApart =
    low !== null &&
    high !== null &&
    drift.low !== null &&
    drift.high !== null &&
    (low > drift.high || high < drift.low);
  return isApart ? shown : 'unclear';
}
