/**
 * Products of the few rows that share a decode pass. There are several ways to them with the same result; which one is
 * fastest depends on the processor and on the kernels of the matrix, and some kernels give a row other bits when it is
 * not alone. So an engine tries the ways on its machine when it starts ([choose-ways.ts](choose-ways.ts)).
 */
import { type Pointer, tensorType } from './ffi.ts';
import type { Matrix } from './matrix.ts';
import { floatBytes, type Site } from './site.ts';

/**
 * - `together`: one product of all rows.
 * - `first`: tile by tile, the first row and then the others. On a Zen 4 the kernels of several rows wait for memory where
 *   they meet weights first; the kernel of one row does not, and leaves the tile in the core's cache.
 * - `single`: tile by tile, row after row. With AMX a further row is cheap where its tile lies in the cache, while the
 *   kernel of several rows unpacks its weights for any number of rows. `perf/results/rows.md` has passes of 1 to 16 rows.
 * - `each`: all rows in one operation that takes them one by one (`mul_mat_id`, made for mixtures of experts: a tile is an
 *   expert, and every row chooses all of them).
 */
export type Way = 'together' | 'first' | 'single' | 'each';
type Tiled = 'first' | 'single';

/** Most rows that are not multiplied together, where that has the bits of single rows. */
export const fewRows = 16;

/** Bytes of a tile: the second cache of a core, 1 to 2 MiB on servers, keeps it from the first row to the last. */
const tileBytes = 600 * 1024;
/** Outputs that kernels with an order of their own (AMX, REPACK) keep together; no kernel writes larger groups. */
const group = 64;

type Sizes = Pick<Matrix, 'inputs' | 'outputs' | 'rowBytes'>;

/** A matrix cut into tiles of whole groups, about as large as each other. */
export function tilesOf({ outputs, rowBytes }: Pick<Sizes, 'outputs' | 'rowBytes'>): { from: number; size: number }[] {
  const count = Math.ceil((outputs * rowBytes) / tileBytes);
  const size = Math.ceil(outputs / count / group) * group;
  return Array.from({ length: Math.ceil(outputs / size) }, (_, at) => ({
    from: at * size,
    size: Math.min(size, outputs - at * size),
  }));
}

/** How many tiles of equal size the way `each` takes: the fewest that divide the outputs into small enough ones. */
export function equalTiles({ outputs, rowBytes, layout }: Pick<Matrix, 'outputs' | 'rowBytes' | 'layout'>): number {
  // The kernel for the file's order goes through blocks of 16 outputs by itself.
  if (layout === 'plain') return 1;
  const smallest = 8;
  for (let tiles = Math.ceil((outputs * rowBytes) / tileBytes); tiles < outputs / smallest; tiles++) {
    if (outputs % (tiles * smallest) === 0) return tiles;
  }
  return outputs % smallest === 0 ? outputs / smallest : 1;
}

/** The rows of a tile's products, as [first row, number of rows]. */
function groupsOf(way: Tiled, rows: number): (readonly [number, number])[] {
  if (way === 'first') return [[0, 1], ...(rows > 1 ? ([[1, rows - 1]] as const) : [])];
  return Array.from({ length: rows }, (_, row) => [row, 1] as const);
}

/** Upper bound of the tensors that a product takes beyond the one of `together`. */
export function boundTensors(matrix: Matrix, rows: number, way: Way): number {
  if (way === 'together') return 0;
  if (way === 'each') return 6;
  const groups = groupsOf(way, rows).length;
  // Per tile and group the product, its copy and the place it goes to; per group a view of its rows.
  return 2 + groups * (1 + 3 * tilesOf(matrix).length);
}

/** Where the products of tiles meet: [outputs × rows], and a place in it for each tile and group of rows. */
interface Landing {
  whole: Pointer;
  places: readonly (readonly Pointer[])[];
}

function createLanding(site: Site, matrix: Matrix, rows: number, way: Tiled): Landing {
  const { ggml, context } = site;
  const { outputs, stride } = matrix;
  const whole = site.input(tensorType.F32, outputs, rows);
  // The memory of an output goes to no other tensor.
  ggml.set_output(whole);
  const places = tilesOf(matrix).map(({ from, size }) =>
    groupsOf(way, rows).map(([first, count]) =>
      ggml.view_2d(context, whole, size, count, stride, first * stride + from * floatBytes),
    ),
  );
  return { whole, places };
}

function multiplyTiles(site: Site, matrix: Matrix, x: Pointer, rows: number, way: Tiled): Pointer {
  const { ggml, context } = site;
  const row = matrix.inputs * floatBytes;
  // Every layer uses the same landing: it is read before the next layer writes to it.
  const key = `landing ${way} ${matrix.role} ${matrix.kind} ${rows}`;
  const { whole, places } = site.once(key, () => createLanding(site, matrix, rows, way));
  const entering = groupsOf(way, rows).map(([first, count]) =>
    ggml.view_2d(context, x, matrix.inputs, count, row, first * row),
  );
  tilesOf(matrix).forEach((tile, at) => {
    const weight = tile.size === matrix.outputs ? matrix.weight : matrix.part(tile);
    entering.forEach((some, groupAt) => {
      const place = (places[at] as readonly Pointer[])[groupAt] as Pointer;
      site.run(ggml.cpy(context, ggml.mul_mat(context, weight, some), place));
    });
  });
  return whole;
}

function multiplyEach(site: Site, matrix: Matrix, x: Pointer, rows: number): Pointer {
  const { ggml, context, tileNumbers } = site;
  const { inputs, outputs } = matrix;
  const tiles = equalTiles(matrix);
  const weight = matrix.part({ from: 0, size: outputs / tiles, count: tiles });
  const all = site.once(`tiles ${tiles} ${rows}`, () =>
    ggml.repeat_4d(context, ggml.view_1d(context, tileNumbers, tiles, 0), tiles, rows, 1, 1),
  );
  const product = ggml.mul_mat_id(context, weight, ggml.reshape_3d(context, x, inputs, 1, rows), all);
  return ggml.reshape_2d(context, product, outputs, rows);
}

/** W·x for contiguous rows x [inputs × rows]; a split matrix still lacks its correction. */
export function multiplyBy(site: Site, way: Way, matrix: Matrix, x: Pointer, rows: number): Pointer {
  if (way === 'together') return site.ggml.mul_mat(site.context, matrix.weight, x);
  if (way === 'each') return multiplyEach(site, matrix, x, rows);
  return multiplyTiles(site, matrix, x, rows, way);
}
