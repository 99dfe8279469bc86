/**
 * How many threads pay on this machine, found by trying. ggml's threads spin while they wait: where cores are shared
 * with other work, two can be far slower than one, so more are taken only after a clear gain.
 */
import { availableCores, type Context, createMeter, type Engine } from '../core/index.ts';

const steps = 6;
const mostThreads = 16;
/** A doubling of threads must shorten a token by this factor. */
const worthwhileGain = 1.25;

/**
 * Wall times of a few decode passes. A collapse of more threads shows in single passes, so they are judged by the
 * slowest; the threads they have to beat by the fastest, or one hiccup would make any pool look like a gain.
 * @param enough the probe ends with the first pass that takes longer
 */
async function timePasses(engine: Engine, enough: number, clock: () => number) {
  const context: Context = { signal: new AbortController().signal, meter: createMeter() };
  using sequence = engine.open(steps + 1, context);
  let slowest = 0;
  let fastest = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= steps && slowest <= enough; step++) {
    const started = clock();
    await engine.forward([{ sequence, tokens: [step], positions: [step], logits: 1 }], () => undefined);
    // The first pass builds the graph.
    if (step === 0) continue;
    const taken = clock() - started;
    slowest = Math.max(slowest, taken);
    fastest = Math.min(fastest, taken);
  }
  return { slowest, fastest };
}

/**
 * Sets and returns the largest number of threads whose every doubling paid.
 * @param cores the most threads that are tried
 * @param clock milliseconds
 */
export async function probeThreads(
  engine: Engine,
  setThreads: (threads: number) => void,
  cores = availableCores(),
  clock: () => number = () => performance.now(),
): Promise<number> {
  let threads = 1;
  setThreads(1);
  let best = (await timePasses(engine, Number.POSITIVE_INFINITY, clock)).fastest;
  for (let more = 2; more <= Math.min(cores, mostThreads); more *= 2) {
    setThreads(more);
    const enough = best / worthwhileGain;
    const { slowest, fastest } = await timePasses(engine, enough, clock);
    if (slowest > enough) break;
    threads = more;
    best = fastest;
  }
  setThreads(threads);
  return threads;
}
