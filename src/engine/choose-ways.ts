/**
 * Chooses how few rows are multiplied with each kind of matrix, by trying it when an engine opens: of the ways that give
 * every row the bits it has alone, the fastest on this machine. Which one that is depends on processor and type, and so
 * does which kernels keep a row's bits; a wrong clock can cost time here, but never a bit.
 */

import type { Layout, Matrix } from './matrix.ts';
import { fewRows, type Way } from './row-ways.ts';
import type { KindWays } from './way-table.ts';
import { productsAlone, type TrialBench, tryWay } from './way-trial.ts';
import type { LayerWeights, Weights } from './weights.ts';

export interface WayOptions {
  /** Ways to take wherever they keep the bits of single rows, the first that does (default: the fastest). */
  ways?: readonly Way[];
}

/** What is tried beside all rows together. Row after row of a tile never paid without AMX. */
const faster: Record<Layout, readonly Way[]> = {
  AMX: ['single'],
  REPACK: ['first'],
  split: ['first'],
  plain: ['first'],
};
/** What keeps bits where several rows together do not. AMX has no operation that takes rows one by one. */
const faithful: Record<Layout, readonly Way[]> = {
  AMX: ['single'],
  REPACK: ['each', 'single'],
  split: ['each', 'single'],
  plain: ['each', 'single'],
};

/** Larger passes whose bits are looked at: kernels go through their rows in blocks of up to 48. */
const manyRows: readonly number[] = [17, 32, 33, 48];

/** Row counts whose ways are timed; the others take the way of the next lower one. */
const timedRows: readonly number[] = [2, 3, 4, 5, 6, 7, 8, 9, 12, 16];
const rounds = 2;
/** Another way than together must take less than this share of its time, or a wavering clock would choose. */
const worthwhile = 0.9;
/** Models that fit into a core's cache gain nothing. */
const smallModel = 8 * 2 ** 20;
/** Bytes of each kind of matrix that are tried: all kinds together are more than a core's own cache holds. */
const triedBytes = 2 * 2 ** 20;
/** Outputs whose bits are compared. The check of the whole model compares all. */
const comparedOutputs = 256;

/** How one way did for one number of rows. */
export interface Tried {
  way: Way;
  sameBits: boolean;
  /** Milliseconds; absent where nothing was timed. */
  ms?: number;
}

/** The way to take; none where no way gives the bits of single rows. Together where nothing else is clearly faster. */
export function chooseWay(tried: readonly Tried[]): Way | undefined {
  const possible = tried.filter(({ sameBits }) => sameBits);
  const costOf = ({ way, ms = 1 }: Tried) => (way === 'together' ? worthwhile * ms : ms);
  const [first, ...others] = possible;
  if (!first) return undefined;
  return others.reduce((best, one) => (costOf(one) < costOf(best) ? one : best), first).way;
}

/** One kind of matrix. */
interface Kind {
  name: string;
  layout: Layout;
  /** Of all matrices of the kind. */
  bytes: number;
  /** Those that are tried, or the first outputs of one. */
  matrices: readonly Matrix[];
  /** The first outputs of the last matrix, and their products with each row alone. */
  compared: Matrix;
  alone: Float32Array;
  /** Numbers of rows up to `fewRows` that together have the bits of single ones. */
  alike: ReadonlySet<number>;
}

const rowCounts = Array.from({ length: fewRows - 1 }, (_, at) => at + 2);

/** The first outputs of a matrix that has too many, in whole groups of 64. */
function sliceOf(matrix: Matrix, most: number): Matrix {
  // The correction of a split matrix is the same for all ways.
  const { correction, ...bare } = matrix;
  const outputs = Math.max(64, Math.floor(most / 64) * 64);
  if (matrix.outputs <= outputs) return bare;
  return { ...bare, outputs, stride: outputs * 4, weight: matrix.part({ from: 0, size: outputs }) };
}

function kindsOf(bench: TrialBench, { layers, head }: Weights): Kind[] {
  const inLayer = ({ queryKeyValue, output, gateUp, down }: LayerWeights) => [
    ...queryKeyValue,
    output,
    ...gateUp,
    down,
  ];
  const byKind = new Map<string, Matrix[]>();
  for (const matrix of [...layers.flatMap(inLayer), head]) {
    byKind.set(matrix.kind, [...(byKind.get(matrix.kind) ?? []), matrix]);
  }
  return [...byKind].map(([name, all]) => {
    const { outputs, rowBytes, layout } = all[0] as Matrix;
    const count = Math.max(1, Math.floor(triedBytes / (outputs * rowBytes)));
    const matrices = all.slice(0, count).map((matrix) => sliceOf(matrix, triedBytes / rowBytes));
    const compared = sliceOf(matrices.at(-1) as Matrix, comparedOutputs);
    const bytes = all.length * outputs * rowBytes;
    const alone = productsAlone(bench, compared);
    const kind: Kind = { name, layout, bytes, matrices, compared, alone, alike: new Set() };
    return { ...kind, alike: new Set(rowCounts.filter((rows) => hasBits(bench, kind, rows, 'together'))) };
  });
}

const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

/** Whether the last products of a trial [rows × outputs] begin with those of single rows. */
function keepsBits({ alone, compared }: Kind, products: Float32Array, rows: number): boolean {
  const outputs = products.length / rows;
  return Array.from({ length: rows }, (_, row) => row).every((row) => {
    const own = products.subarray(row * outputs, row * outputs + compared.outputs);
    return sameBits(own, alone.subarray((row % fewRows) * compared.outputs, ((row % fewRows) + 1) * compared.outputs));
  });
}

/** Whether a way gives the bits of single rows. */
function hasBits(bench: TrialBench, kind: Kind, rows: number, way: Way): boolean {
  using trial = tryWay(bench, [kind.compared], rows, way);
  trial.run();
  return keepsBits(kind, trial.products(), rows);
}

/** With `single` every row costs as much again: where it lost for fewer rows it will for more. */
function waysToTime({ alike, layout }: Kind, rows: number, before: Way | undefined): readonly Way[] {
  const lost = rows > 2 && before !== 'single';
  const others = faster[layout].filter((way) => way !== 'single' || !lost);
  return alike.has(rows) ? ['together', ...others] : [...new Set([...faster[layout], ...faithful[layout].slice(0, 1)])];
}

/** Tries all kinds in turn, so that each meets its weights as in a pass: long after it read them last. */
function timeWays(
  bench: TrialBench,
  kinds: readonly Kind[],
  rows: number,
  before: readonly (Way | undefined)[],
): Tried[][] {
  const trials = kinds.map((kind, at) => {
    const ways = waysToTime(kind, rows, before[at]);
    // Nothing is timed where there is nothing to choose.
    return (ways.length > 1 ? ways : []).map((way) => ({ way, trial: tryWay(bench, kind.matrices, rows, way) }));
  });
  try {
    const tried = trials.map((list, at) =>
      list.map(({ way, trial }): Tried & { ms: number } => {
        trial.run();
        return { way, sameBits: keepsBits(kinds[at] as Kind, trial.products(), rows), ms: Number.POSITIVE_INFINITY };
      }),
    );
    const most = Math.max(...trials.map(({ length }) => length));
    for (let round = 0; round < rounds; round++) {
      for (let way = 0; way < most; way++) {
        trials.forEach((list, kind) => {
          const one = tried[kind]?.[way];
          if (one) one.ms = Math.min(one.ms, list[way]?.trial.run() as number);
        });
      }
    }
    return tried;
  } finally {
    for (const { trial } of trials.flat()) trial[Symbol.dispose]();
  }
}

/** The ways of one kind: for each number of rows the timed one, else the first that keeps the bits of single rows. */
function settle(
  bench: TrialBench,
  kind: Kind,
  timedWay: (rows: number) => Way | undefined,
  preferred: readonly Way[],
): KindWays {
  const byRows: Way[] = ['together', 'together'];
  const without: number[] = [];
  for (const rows of rowCounts) {
    const possible: Way[] = [...preferred, byRows[rows - 1] as Way, 'together', ...faithful[kind.layout]];
    const keeps = (way: Way) => (way === 'together' ? kind.alike.has(rows) : hasBits(bench, kind, rows, way));
    const way = timedWay(rows) ?? possible.find(keeps);
    if (!way) without.push(rows);
    byRows[rows] = way ?? 'together';
  }
  return { byRows, without, beyond: wayBeyond(bench, kind) };
}

/** The way for more rows than are multiplied in ways of their own; never row after row, which takes a node for each. */
function wayBeyond(bench: TrialBench, kind: Kind): Way {
  const possible: Way[] = ['together', ...faithful[kind.layout].filter((way) => way !== 'single')];
  return possible.find((way) => manyRows.every((rows) => hasBits(bench, kind, rows, way))) ?? 'together';
}

/** Sets the ways of all kinds of matrices of a model. @throws E_MEMORY, E_NATIVE */
export function chooseWays(bench: TrialBench, weights: Weights, { ways = [] }: WayOptions = {}): void {
  const kinds = kindsOf(bench, weights);
  const isSmall = kinds.reduce((sum, kind) => sum + kind.bytes, 0) < smallModel;
  const timed = new Map<number, (Way | undefined)[]>();
  if (ways.length === 0 && !isSmall) {
    let before: (Way | undefined)[] = [];
    for (const rows of timedRows) {
      before = timeWays(bench, kinds, rows, before).map(chooseWay);
      timed.set(rows, before);
    }
  }
  kinds.forEach((kind, at) => {
    weights.ways.set(
      kind.name,
      settle(bench, kind, (rows) => timed.get(rows)?.[at], ways),
    );
  });
}
