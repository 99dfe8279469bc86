/** The other thread of `measureOnTwoThreads`. What is unusual about a piece it leaves to the first one. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Trial } from '../core/index.ts';
import {
  buffersOf,
  createMeasure,
  type MeasuredTrial,
  measureTrials,
  type PackedRows,
  packRows,
} from '../rows/index.ts';
import { trialsIn } from '../store/journal-heads.ts';
import type { Piece, ThreadAbout } from './measure-on-two-threads.ts';

async function measurePiece({ piece, headlines }: Piece): Promise<PackedRows> {
  const measure = createMeasure({ ...(workerData as ThreadAbout), headlines });
  const measured: MeasuredTrial[] = [];
  for await (const one of measureTrials(usual(trialsIn(piece, refuse), headlines), measure)) measured.push(one);
  return packRows(measured);
}

/** Which score is the headline may depend on the trials before: the first thread has seen them. */
function* usual(trials: Iterable<Trial>, headlines: Piece['headlines']): Generator<Trial> {
  for (const trial of trials) {
    if (headlines[trial.cell.benchmark] === undefined) refuse();
    yield trial;
  }
}

function refuse(): never {
  throw new Error('the first thread measures this piece');
}

parentPort?.on('message', async (piece: Piece) => {
  const packed = await measurePiece(piece).catch(() => undefined);
  parentPort?.postMessage(packed, packed ? buffersOf(packed) : []);
});
