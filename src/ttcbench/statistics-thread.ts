/** The other thread of `knownOnTwoThreads`. */
import { parentPort, workerData } from 'node:worker_threads';
import { computeStatistics } from '../report/index.ts';
import { rememberStatistics } from '../report/known-statistics.ts';
import type { StatisticsAsked } from './statistics-on-two-threads.ts';

const asked = workerData as StatisticsAsked;
const groups = asked.collected.groups.map((group) => ({
  ...group,
  cells: group.cells.map((table) => ({ ...table, blocks: () => [] })),
}));
const found = new Map<string, unknown>();
computeStatistics({ ...asked, collected: { ...asked.collected, groups }, known: rememberStatistics(found) });
parentPort?.postMessage([...found]);
