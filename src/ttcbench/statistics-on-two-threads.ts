/**
 * Statistics of a large run's cells, computed by two threads: they are an eighth of a report's time, and no cell's depend on
 * another's.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Collected } from '../report/collect-rows.ts';
import { computeStatistics, type ReportInput } from '../report/index.ts';
import { rememberStatistics } from '../report/known-statistics.ts';
import { baselineName } from '../rows/index.ts';

/** With fewer trials a thread takes longer to start than it saves. */
const fewest = 60_000;

/** What crosses: values of a table are shared, functions stay where they are. */
export type StatisticsAsked = Pick<ReportInput, 'run' | 'collected' | 'margin' | 'headlines' | 'acts'>;

/**
 * The same input, with statistics that are computed already. Those of cells whose trials are offered together are left: they
 * are of blocks.
 */
export async function knownOnTwoThreads(input: ReportInput, least = fewest): Promise<ReportInput> {
  const { groups } = input.collected;
  const trials = groups.flatMap(({ cells }) => cells).reduce((sum, { rows }) => sum + rows, 0);
  // Metrics of the user's own are functions of this thread.
  if (trials < least || availableParallelism() < 2 || (input.extra?.length ?? 0) > 0) return input;
  const { run, margin, headlines, acts } = input;
  const asked = (share: readonly string[]) => ({
    ...{ run, margin, headlines, acts },
    collected: ofPolicies(input.collected, share),
  });
  const names = policiesToShare(input);
  // This thread has the decisions of the table to make besides.
  const others = names.filter((_, at) => at % 5 < 3);
  const found = new Map<string, unknown>();
  const known = rememberStatistics(found);
  const other = askOther(asked(others));
  computeStatistics({ ...asked(names.filter((name) => !others.includes(name))), known });
  for (const [name, value] of await other) found.set(name, value);
  return { ...input, known };
}

/** Policies whose trials are played one by one, without the baseline. */
function policiesToShare({ collected: { groups }, blockSizes = {} }: ReportInput): string[] {
  const tables = groups.flatMap(({ cells }) => cells);
  const names = new Set(tables.map(({ cell }) => cell.policy_name));
  for (const { cell, isTogether } of tables)
    if (isTogether || (blockSizes[cell.policy_name] ?? 1) > 1) names.delete(cell.policy_name);
  names.delete(baselineName);
  return [...names];
}

const ofPolicies = (collected: Collected, names: readonly string[]): Collected => ({
  ...collected,
  groups: collected.groups.map((group) => ({
    ...group,
    cells: group.cells.filter(
      ({ cell: { policy_name } }) => policy_name === baselineName || names.includes(policy_name),
    ),
  })),
});

const here = import.meta.url;

/** A thread that ends, for want of memory for instance, takes nothing with it: what it did not say is computed here. */
function askOther(asked: StatisticsAsked): Promise<readonly (readonly [string, unknown])[]> {
  const groups = asked.collected.groups.map((group) => ({
    ...group,
    cells: group.cells.map(({ blocks: _, ...table }) => table),
  }));
  const workerData = { ...asked, collected: { ...asked.collected, groups } };
  const file = new URL(
    here.endsWith('.ts') ? '../../dist/ttcbench/statistics-thread.js' : 'statistics-thread.js',
    here,
  );
  const worker = new Worker(file, { workerData, execArgv: [] });
  return new Promise((resolve) => {
    worker.once('message', resolve);
    for (const end of ['error', 'exit']) worker.once(end, () => resolve([]));
  });
}
