/**
 * How many threads pay on this machine, found by trying. ggml's threads spin while they wait: where cores are shared
 * with other work, two can be a thousand times slower than one, so more are taken only after a clear gain.
 */
import { availableParallelism } from 'node:os';
import { type Context, createMeter, type Engine } from '../core/index.ts';

const steps = 6;
const mostThreads = 16;
/** A doubling of threads must shorten a token by this factor. */
const worthwhileGain = 1.25;

/**
 * Wall time of the slowest of a few decode passes: a collapse shows in single passes.
 * @param enough the probe ends with the first pass that takes longer
 */
async function slowestPass(engine: Engine, enough: number, clock: () => number): Promise<number> {
  const context: Context = { signal: new AbortController().signal, meter: createMeter() };
  using sequence = engine.open(steps + 1, context);
  let slowest = 0;
  for (let step = 0; step <= steps && slowest <= enough; step++) {
    const started = clock();
    await engine.forward([{ sequence, tokens: [step], positions: [step], logits: 1 }], () => undefined);
    // The first pass builds the graph.
    if (step > 0) slowest = Math.max(slowest, clock() - started);
  }
  return slowest;
}

/**
 * Sets and returns the largest number of threads whose every doubling paid.
 * @param cores the most threads that are tried
 * @param clock milliseconds
 */
export async function probeThreads(
  engine: Engine,
  setThreads: (threads: number) => void,
  cores = availableParallelism(),
  clock: () => number = () => performance.now(),
): Promise<number> {
  let threads = 1;
  setThreads(1);
  let best = await slowestPass(engine, Number.POSITIVE_INFINITY, clock);
  for (let more = 2; more <= Math.min(cores, mostThreads); more *= 2) {
    setThreads(more);
    const enough = best / worthwhileGain;
    const slowest = await slowestPass(engine, enough, clock);
    if (slowest > enough) break;
    threads = more;
    best = slowest;
  }
  setThreads(threads);
  return threads;
}
