/** What a run looks like from the server: arrivals per second out of its truth file, and every trial's end out of the journal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const linesOf = (path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const countOf = (numbers) => {
  const counts = new Map();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
};

/**
 * @param truthFile what `ttcbench simulate --truth FILE` wrote
 * @param folder the run's folder
 * @returns arrivals of the run's own requests in each whole second after the first one, and what was played how often
 */
export function readArrivals(truthFile, folder) {
  const trials = linesOf(join(folder, 'journal-main.jsonl'));
  const planned = linesOf(join(folder, 'jobs.jsonl')).map(({ key }) => key);
  const ids = new Set(trials.flatMap(({ counters }) => counters.calls.flatMap(({ id }) => id ?? [])));
  const answers = linesOf(truthFile).filter(({ id }) => ids.has(id));
  const received = answers.map((answer) => answer.received).sort((a, b) => a - b);
  const seconds = countOf(received.map((at) => Math.floor((at - received[0]) / 1000)));
  const last = Math.floor((received.at(-1) - received[0]) / 1000);
  const ends = countOf(trials.map(({ key }) => key));
  return {
    answers: answers.length,
    /** The second in which the first request came, and the last one, which is not whole, are left out. */
    windows: Array.from({ length: Math.max(0, last - 1) }, (_, i) => seconds.get(i + 1) ?? 0),
    planned: planned.length,
    endedOnce: planned.filter((key) => ends.get(key) === 1).length,
    ok: trials.filter(({ status }) => status === 'ok').length,
    /** Answers that the server gave more than once under one id, or that no trial knows. */
    repeated: answers.length - new Set(answers.map(({ id }) => id)).size,
  };
}
