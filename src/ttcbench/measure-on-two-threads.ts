/**
 * Trials of a large run, measured by two threads in turn: reading, parsing and measuring a trial takes ten times as long
 * as everything that is done with its row.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createUnpacker, type Measure, type MeasureAbout, type MeasuredTrial, measureTrials } from '../rows/index.ts';
import type { PackedRows } from '../rows/packed-rows.ts';
import type { TrialLines } from '../store/journal-heads.ts';
import type { ReadRun } from '../store/read-run.ts';

/** What the other thread is told once: functions stay where they are. */
export type ThreadAbout = Omit<MeasureAbout, 'extra' | 'headlines'>;

/** What it is asked for again and again. */
export interface Piece {
  piece: TrialLines;
  headlines: Readonly<Record<string, string>>;
}

/** Trials a piece has. */
const size = 256;
/** A thread takes about a second of CPU and 80 MB before it measures anything. */
const fewest = 20_000;
/** Pieces that wait or are being measured. */
const ahead = 7;
/** Four of seven pieces, the second first: this thread also collects the rows of both. */
const isForOther = (piece: number) => (4 * piece) % 7 >= 3;

/**
 * The rows of all trials of a run, in the same order and with the same values as on one thread. On one thread where the run
 * is small or the machine has one core.
 */
export async function* measureOnTwoThreads(
  read: Pick<ReadRun, 'pieces' | 'trialsIn'>,
  measure: Measure,
  about: ThreadAbout,
  least = fewest,
): AsyncGenerator<MeasuredTrial> {
  const pieces = read.pieces(size);
  if (pieces.length * size < least || availableParallelism() < 2) {
    for (const piece of pieces) yield* measureTrials(read.trialsIn(piece), measure);
    return;
  }
  const thread = startThread(withoutPrompts(about));
  const unpack = createUnpacker();
  const waiting: { piece: TrialLines; answer?: Promise<PackedRows | undefined> }[] = [];
  let next = 0;
  try {
    for (let at = 0; at < pieces.length; at++) {
      // The first piece shows which scores are headlines.
      for (; next < Math.min(pieces.length, at === 0 ? 1 : at + ahead); next++) {
        const piece = pieces[next] as TrialLines;
        const headlines = Object.fromEntries(measure.headlines);
        waiting.push(isForOther(next) ? { piece, answer: thread.ask({ piece, headlines }) } : { piece });
      }
      const { piece, answer } = waiting.shift() as (typeof waiting)[number];
      const packed = await answer;
      if (packed) yield* unpack(packed);
      else yield* measureTrials(read.trialsIn(piece), measure);
    }
  } finally {
    await thread.end();
  }
}

/** No metric of ours reads prompts, and they are most of a sample: the other thread would hold all of them again. */
const withoutPrompts = ({ samples, ...about }: ThreadAbout): ThreadAbout => ({
  ...about,
  samples: new Map(
    Array.from(samples, ([benchmark, some]) => [
      benchmark,
      new Map(Array.from(some, ([id, sample]) => [id, { ...sample, prompt: '' }])),
    ]),
  ),
});

const here = import.meta.url;

function startThread(workerData: ThreadAbout) {
  const file = new URL(here.endsWith('.ts') ? '../../dist/ttcbench/measure-thread.js' : 'measure-thread.js', here);
  const worker = new Worker(file, { workerData, execArgv: [] });
  const asked: ((packed: PackedRows | undefined) => void)[] = [];
  let isGone = false;
  worker.on('message', (packed: PackedRows | undefined) => asked.shift()?.(packed));
  // A thread that ends, for want of memory for instance, takes no trial with it: the other one measures them all.
  for (const end of ['error', 'exit'])
    worker.on(end, () => {
      isGone = true;
      for (const answer of asked.splice(0)) answer(undefined);
    });
  return {
    ask: (piece: Piece): Promise<PackedRows | undefined> =>
      new Promise((resolve) => {
        if (isGone) return resolve(undefined);
        asked.push(resolve);
        worker.postMessage(piece);
      }),
    end: () => worker.terminate(),
  };
}
