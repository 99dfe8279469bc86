/**
 * What the checksum of a journal's line costs: CPU time of writing and of reading lines with it, against lines without.
 *
 *   npm run build && node perf/journal/checksums.mjs
 *
 * Each step is timed in turn, over and over, and the median stands for it: what else runs on the machine hits all alike.
 */
import { readSealed, sealed, sealOf } from '../../dist/store/seal.js';

const rounds = 41;

/** A trial of so many tokens, shaped as the engine's are. */
function trialOf(tokens) {
  const list = (value) => Array.from({ length: tokens }, (_, i) => value(i));
  const turn = {
    ...{ call: 'a'.repeat(64), started_at: '2026-01-01T00:00:00.000Z', start: 0, sent: 0.01, end: 12.5 * tokens },
    ...{ at: list((i) => 30.123456 + 12.512345 * i), tokens: list(() => 1), ids: list((i) => (i * 7919) % 49152) },
    ...{ texts: list((i) => ` word${i % 97}`), reason: 'length', prompt_tokens: 250, completion_tokens: tokens },
  };
  const cell = { benchmark: 'extract', policy_name: 'baseline', backend: 'ggml', model: 'smollm2-135m' };
  const sums = Object.fromEntries(
    ['passes', 'rows', 'layer_rows', 'engine_ms', 'cpu_ms'].map((name, i) => [name, i * 1234.5]),
  );
  return {
    ...{ schema: 2, key: 'b'.repeat(64), cell, params: {}, sample: 's1', status: 'ok', turns: [turn] },
    counters: { sums, tallies: {}, calls: [] },
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Median CPU microseconds of each step, the steps taken in turn. */
function timed(steps, repeats) {
  const times = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, step] of Object.entries(steps)) {
      const before = process.cpuUsage();
      for (let i = 0; i < repeats; i++) step();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) times[name].push((user + system) / repeats);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
}

console.log('| tokens | bytes a line | write, µs | with checksum | read, µs | with checksum | check alone, µs |');
console.log('|---|---|---|---|---|---|---|');
for (const tokens of [48, 1000]) {
  const trial = trialOf(tokens);
  const plain = Buffer.from(JSON.stringify(trial));
  const safe = Buffer.from(sealed(JSON.stringify(trial)));
  const steps = {
    write: () => JSON.stringify(trial),
    writeSafe: () => sealed(JSON.stringify(trial)),
    read: () => readSealed(plain),
    readSafe: () => readSealed(safe),
    check: () => sealOf(safe),
  };
  const { write, writeSafe, read, readSafe, check } = timed(steps, Math.ceil(20_000 / tokens));
  const ratio = (a, b) => `× ${(a / b).toFixed(2)}`;
  const cells = [
    tokens,
    safe.length,
    write.toFixed(1),
    ratio(writeSafe, write),
    read.toFixed(1),
    ratio(readSafe, read),
    check.toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
