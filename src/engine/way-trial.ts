/** One way to multiply, tried on matrices of a model: how long it takes, and the bits it gives. */
import { createRandom, TtcError } from '../core/index.ts';
import { createArena } from './arena.ts';
import { multiplyRows } from './builder.ts';
import { type Ggml, type Pointer, tensorType } from './ffi.ts';
import type { Matrix } from './matrix.ts';
import { boundTensors, fewRows, type Way } from './row-ways.ts';
import { createSite, floatBytes, type Site } from './site.ts';

/** What trials run on. */
export interface TrialBench {
  ggml: Ggml;
  backend: Pointer;
  bufferType: Pointer;
  tileNumbers: Pointer;
  /** Milliseconds. */
  clock(): number;
}

export interface WayTrial extends Disposable {
  /** Milliseconds of one run over all matrices. */
  run(): number;
  /** Products of the last matrix [rows × outputs]; where they are one tensor, in its own memory. */
  products(): Float32Array;
}

const madeRows = new Map<number, Float32Array>();

/** The same rows for every trial [fewRows × inputs]; a trial of more rows takes them again from the first on. */
function rowsFor(inputs: number): Float32Array {
  const random = createRandom(inputs);
  const rows = madeRows.get(inputs) ?? Float32Array.from({ length: fewRows * inputs }, () => 2 * random() - 1);
  madeRows.set(inputs, rows);
  return rows;
}

function createTrial(
  { ggml, backend, bufferType, tileNumbers, clock }: TrialBench,
  { inputs }: Matrix,
  rows: number,
  nodes: number,
  build: (site: Site, x: Pointer) => Pointer[],
): WayTrial {
  const site = createSite(ggml, tileNumbers, nodes);
  const arena = createArena(ggml, bufferType);
  const x = site.input(tensorType.F32, inputs, rows);
  // An output's memory goes to no other tensor: so the rows are there in every run.
  ggml.set_output(x);
  const results = build(site, x);
  try {
    arena.place(site.graph);
  } catch (error) {
    arena[Symbol.dispose]();
    ggml.free(site.context);
    throw error;
  }
  const floats = (tensor: Pointer) =>
    new Float32Array(ggml.view(ggml.get_data(tensor) as Pointer, ggml.nbytes(tensor)));
  const own = rowsFor(inputs);
  for (let row = 0; row < rows; row++) {
    const from = (row % fewRows) * inputs;
    floats(x).set(own.subarray(from, from + inputs), row * inputs);
  }
  return {
    run() {
      const started = clock();
      const status = ggml.backend_graph_compute(backend, site.graph);
      if (status !== 0) throw new TtcError('E_NATIVE', `ggml could not multiply: status ${status}`);
      return clock() - started;
    },
    products() {
      const parts = results.map(floats);
      if (parts.length === 1) return parts[0] as Float32Array;
      const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    },
    [Symbol.dispose]() {
      arena[Symbol.dispose]();
      ggml.free(site.context);
    },
  };
}

const rowsOf = ({ ggml, context }: Site, x: Pointer, inputs: number, first: number, rows: number) =>
  ggml.view_2d(context, x, inputs, rows, inputs * floatBytes, first * inputs * floatBytes);

/** Rows through each of the matrices, which are of one kind. */
export function tryWay(bench: TrialBench, matrices: readonly Matrix[], rows: number, way: Way): WayTrial {
  const one = matrices.at(-1) as Matrix;
  const nodes = 64 + matrices.reduce((sum, matrix) => sum + 8 + boundTensors(matrix, rows, way), 0);
  return createTrial(bench, one, rows, nodes, (site, x) => {
    let product = x;
    for (const matrix of matrices) {
      product = multiplyRows(site, way, matrix, x, rows);
      // Matrices of a role share the memory of their products, and the last one's are read.
      if (matrix !== one) site.run(product);
    }
    return [site.output(product)];
  });
}

/** Products of a matrix with each row alone [fewRows × outputs]. */
export function productsAlone(bench: TrialBench, matrix: Matrix): Float32Array {
  const { inputs } = matrix;
  using trial = createTrial(bench, matrix, fewRows, 64 + 8 * fewRows, (site, x) =>
    Array.from({ length: fewRows }, (_, row) =>
      site.output(multiplyRows(site, 'together', matrix, rowsOf(site, x, inputs, row, 1), 1)),
    ),
  );
  trial.run();
  return trial.products();
}
