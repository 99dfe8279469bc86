/** Two policies of one run, paired by sample: as two runs are compared, and with the draws of the report's comparison to the baseline. */
import { openRun } from './build-report.ts';
import { type CellPair, type ComparedRun, comparedCell, isBlock } from './compare-runs.ts';
import { groupKey, type ReportInput } from './report-types.ts';

/** Metrics of time mean something else where trials are offered together. */
const ofTime = ['generation_time', 'throughput', 'first_token_latency', 'cpu_seconds'];

/** @returns the second policy against the first, on each benchmark, backend and model that both were played on */
export function comparePolicies(input: ReportInput, first: string, second: string): ComparedRun {
  const cells = openRun(input);
  const own = cells.filter(({ cell }) => cell.policy_name === first);
  const groups = input.collected.groups;
  const pairs = own.flatMap((open): CellPair[] => {
    const key = groupKey(open.cell);
    const twin = cells.find(({ cell }) => cell.policy_name === second && groupKey(cell) === key);
    const ids = groups.find((group) => groupKey(group) === key)?.samples;
    if (!twin || !ids) return [];
    const { benchmark, backend, model } = open.cell;
    return [
      {
        ...{ name: second, benchmark, first: open, second: twin, seed: [benchmark, backend, model, second] },
        ...{ same: new Set(ids), idsOf: { first: ids, second: ids } },
      },
    ];
  });
  const isMixed = (pair: CellPair) => isBlock(pair.first) !== isBlock(pair.second);
  return {
    label: second,
    differs: [],
    samples: pairs
      .filter(isMixed)
      .map(
        ({ benchmark }) =>
          `${benchmark}: the trials of one of them are offered together, so their times are held against the baseline only`,
      ),
    missing: pairs.length > 0 ? [] : [`${first} and ${second}: no benchmark was played with both`],
    cells: pairs.map((pair) => {
      const cell = comparedCell(pair);
      const kept = Object.entries(cell.metrics).filter(([name]) => !isMixed(pair) || !ofTime.includes(name));
      return { ...cell, metrics: Object.fromEntries(kept) };
    }),
  };
}
