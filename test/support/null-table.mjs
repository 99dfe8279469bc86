/**
 * Trials of a table in which no policy does anything: all draws of a sample come from one distribution, so policy and
 * baseline could be exchanged. Used by a test and, built, by perf/null-reports.mjs.
 */

/** Standard normal (Box and Muller). */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/**
 * @param random numbers in [0, 1)
 * @param about `samples` a policy, names of `policies`, `effect`: the share of time and CPU that the first policy saves
 */
export function nullTable(random, { samples, policies, effect = 0 }) {
  const times = Array.from({ length: samples }, () => 100 * Math.exp(0.8 * normal(random)));
  const chances = Array.from({ length: samples }, () => random());
  return ['baseline', ...policies].flatMap((policy_name, place) =>
    times.map((time, i) => {
      const part = place === 1 ? 1 - effect : 1;
      const end = part * time * Math.exp(0.1 * normal(random));
      const cpu = end * Math.exp(0.03 * normal(random));
      const right = random() < chances[i];
      return {
        ...{ schema: 2, key: `${policy_name} ${i}`, params: {}, block: `${policy_name} ${i}`, seed: i, repeat: 0 },
        cell: { benchmark: 'b', policy_name, realisation: 'engine', backend: 'ggml', model: 'm', fidelity: 'lossy' },
        ...{ sample: `s${i}`, status: 'ok', ended_at: '', answer: { text: right ? 'yes' : 'no' } },
        turns: [
          {
            ...{ call: '', started_at: '', start: 0, sent: 0, at: [end / 2, end], tokens: [1, 1], end, ids: [1, 2] },
            ...{ prompt_tokens: 5, completion_tokens: 2, origin: 'engine' },
          },
        ],
        counters: { sums: { call_cpu_ms: cpu }, tallies: {}, calls: [] },
        scores: { exact_match: right ? 1 : 0 },
      };
    }),
  );
}

const isClaim = ({ verdict }) => verdict === 'better' || verdict === 'worse';

/** What would be a claim if this p decided, with margins of 0. */
const wouldBe = (p, { ratio, difference }) => {
  if (p === null || p > 0.05) return false;
  return ratio.low === null ? difference.low > 0 || difference.high < 0 : ratio.low > 1 || ratio.high < 1;
};

/** Claims of a report: among its decisions, anywhere, and those that its decision metrics would have by other p values. */
export function claimsOf({ cells }) {
  const all = cells.flatMap(({ policy_name, vs_baseline }) =>
    Object.entries(vs_baseline).map(([metric, comparison]) => ({ policy_name, metric, ...comparison })),
  );
  const decided = all.filter(({ exploratory }) => !exploratory);
  return {
    decisions: decided.filter(isClaim),
    anywhere: all.filter(isClaim),
    uncorrected: decided.filter((one) => wouldBe(one.p, one)),
    holm: decided.filter((one) => wouldBe(one.p_holm, one)),
  };
}
