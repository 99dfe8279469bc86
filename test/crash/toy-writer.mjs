// Appends large trials to a journal without end and prints the key of each that is safe. Usage: node toy-writer.mjs FOLDER
import { writeSync } from 'node:fs';

const { openJournal } = await import(new URL('../../dist/store/journal.js', import.meta.url).href);
const journal = await openJournal(process.argv[2]);
const cell = {
  benchmark: 'toy',
  policy_name: 'baseline',
  realisation: 'engine',
  backend: 'toy',
  model: 'digits',
  fidelity: 'exact',
};
const text = 'long answer '.repeat(20_000);

for (let number = journal.size; ; number += 8) {
  const appending = Array.from({ length: 8 }, async (_, index) => {
    const key = `k${number + index}`;
    await journal.append({
      ...{ schema: 1, key, cell, params: {}, block: 'b', sample: key, repeat: 0, seed: 1, status: 'ok', turns: [] },
      ...{
        ended_at: new Date().toISOString(),
        answer: { text },
        scores: {},
        counters: { sums: {}, tallies: {}, calls: [] },
      },
    });
    writeSync(1, `${key}\n`);
  });
  await Promise.all(appending);
}
