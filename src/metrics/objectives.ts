/** Service level objectives: whether a trial was good enough for its user, by limits on other metrics. */
import { type Metric, type Objective, TtcError } from '../core/index.ts';

/**
 * Limits that can be held against the trial: a metric without a value, such as a gap between tokens where there is one
 * token, is no fault of it.
 */
function attainment(objectives: readonly Objective[], values: Readonly<Record<string, number>>): number | undefined {
  const known = objectives.filter(({ metric }) => values[metric] !== undefined);
  if (known.length === 0) return undefined;
  return known.every((objective) => keeps(objective, values[objective.metric] as number)) ? 1 : 0;
}

const keeps = ({ limit, better }: Objective, value: number) => (better === 'less' ? value <= limit : value >= limit);

/** Computed after all others, for it reads them. */
export const sloAttainment: Metric = {
  name: 'slo_attainment',
  group: 'latency',
  unit: 'score',
  better: 'more',
  about: 'Share of trials that keep every objective of `--slo`; failed ones and empty answers keep none.',
  missing: 'no objective was given, none could be judged, or trials wait for others of their block',
  ofTime: true,
  inBlocks: 'absent',
  column: {
    ...{ title: 'in SLO', show: 'percent', order: 310, dropAt: 75 },
    about:
      'Share of trials that keep every objective of `--slo`; failed ones and empty answers keep none. Not judged where trials wait for others of their block.',
  },
  of({ status }, { objectives, values }) {
    if (!objectives || objectives.length === 0 || !values) return undefined;
    // Nothing is soon said: an empty answer would keep every limit on times.
    return status === 'ok' && values.empty_answer !== 1 ? attainment(objectives, values) : 0;
  },
};

/**
 * Limits by metric name as objectives: at most for metrics of which less is better, at least for the others.
 * @throws TtcError E_ARGUMENT for a metric that is unknown or has no good side
 */
export function objectivesOf(limits: Readonly<Record<string, number>>, known: readonly Metric[]): Objective[] {
  const sided = known.filter(({ better }) => better !== 'neither');
  return Object.entries(limits).map(([metric, limit]) => {
    const better = sided.find(({ name }) => name === metric)?.better;
    if (better === 'less' || better === 'more') return { metric, limit, better };
    const isKnown = known.some(({ name }) => name === metric);
    const times = sided.filter(({ unit }) => unit === 'ms' || unit === 'tokens/s').map(({ name }) => name);
    throw new TtcError(
      'E_ARGUMENT',
      `--slo ${metric}=${limit}: ${isKnown ? 'neither more nor less of it is better' : 'there is no such metric'}`,
      { help: `for example ${times.join(', ')}` },
    );
  });
}
