/** Matrices that are stored a part at a time lie in memory as those that are stored whole. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../core/index.ts';
import { createCompute } from './compute.ts';
import { loadGgml, type Pointer } from './ffi.ts';
import { tensorTypes } from './tensor-types.ts';
import {
  createLayoutProbe,
  createWeightStore,
  fillInParts,
  fillTensor,
  findLayouts,
  kernelLayouts,
} from './weight-store.ts';

const ggml = loadGgml();
const layouts = findLayouts(ggml, kernelLayouts);
const hasKernels = createLayoutProbe(ggml, layouts);
/** Parts of 64, 64 and so on, and 32 left. */
const [inputs, outputs] = [512, 352];

function stored(bufferType: Pointer, typeId: number, content: Uint8Array, inParts: boolean): Buffer {
  using store = createWeightStore(ggml, 4, bufferType);
  const weight = store.declare(typeId, [inputs, outputs]);
  store.allocate();
  const read = (from: number, bytes: number) => content.subarray(from, from + bytes);
  const reads: number[] = [];
  if (inParts) {
    const noted = (from: number, bytes: number) => {
      reads.push(bytes);
      return read(from, bytes);
    };
    fillInParts(ggml, store, { weight, typeId, inputs, outputs }, noted, 1);
    expect(reads).toHaveLength(6);
  } else fillTensor(ggml, weight, content);
  const length = ggml.backend_buft_get_alloc_size(bufferType, weight);
  return Buffer.from(new Uint8Array(ggml.view(ggml.get_data(weight) as Pointer, length)));
}

describe('a matrix that is stored in parts', () => {
  const kinds = [...layouts].flatMap(([layout, bufferType]) =>
    [...tensorTypes].flatMap(([id, { name }]) =>
      hasKernels(layout, id, inputs, outputs) ? [{ layout: layout as string, bufferType, id, name }] : [],
    ),
  );
  using compute = createCompute(ggml);
  const plain = ggml.backend_get_default_buffer_type(compute.backend);
  const all = [
    ...kinds,
    ...[...tensorTypes].map(([id, { name }]) => ({ layout: 'plain', bufferType: plain, id, name })),
  ];

  it.each(all)('has the bytes of one that is stored whole: $name in $layout', ({ bufferType, id }) => {
    const type = tensorTypes.get(id)!;
    const random = createRandom(id);
    const content = Uint8Array.from({ length: ((inputs * outputs) / type.values) * type.bytes }, () => 256 * random());
    const [whole, parts] = [stored(bufferType, id, content, false), stored(bufferType, id, content, true)];
    expect(parts.equals(whole)).toBe(true);
  });
});
