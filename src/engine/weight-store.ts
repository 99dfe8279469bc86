/** Native memory for weights: tensors are declared first, then allocated as one buffer, then filled. */
import { TtcError } from '../core/index.ts';
import { extraBufferTypes, type Ggml, type Pointer, tensorType } from './ffi.ts';

export interface WeightStore extends Disposable {
  declare(type: number, dimensions: readonly number[]): Pointer;
  allocate(): void;
  /** Of all declared tensors. */
  bytes(): number;
  /** Some outputs of a matrix of this store, without a copy. Only after `allocate`. */
  part(matrix: StoredMatrix, part: Part): Pointer;
}

/** A matrix as it was declared. */
export interface StoredMatrix {
  weight: Pointer;
  typeId: number;
  inputs: number;
  outputs: number;
}

/** Outputs [from, from + size × count) of a matrix, as `count` matrices of `size` outputs. */
export interface Part {
  from: number;
  size: number;
  count?: number;
}

/** Tensors that one block of memory for their descriptions holds. */
const partsPerContext = 128;

/**
 * Makes parts of matrices. A part is a tensor of its own at the same address, not a view: a kernel's own order may take
 * more bytes than ggml counts for the type (Q8_0 in AMX), and a view must lie within what it counts. Kernels with an
 * order of their own keep groups of outputs together, so a part begins at a whole group.
 */
function createParts(ggml: Ggml, bufferType: Pointer, bufferOf: () => Pointer) {
  const contexts: Pointer[] = [];
  let made = 0;
  return {
    part({ weight, typeId, inputs, outputs }: StoredMatrix, { from, size, count = 1 }: Part): Pointer {
      if (made++ % partsPerContext === 0) {
        const bytes = partsPerContext * ggml.tensor_overhead();
        contexts.push(ggml.init({ mem_size: bytes, mem_buffer: null, no_alloc: true }));
      }
      const tensor = ggml.new_tensor_3d(contexts.at(-1) as Pointer, typeId, inputs, size, count);
      const bytesPerOutput = ggml.backend_buft_get_alloc_size(bufferType, weight) / outputs;
      const address = (ggml.get_data(weight) as Pointer) + BigInt(from * bytesPerOutput);
      const status = ggml.backend_tensor_alloc(bufferOf(), tensor, address);
      if (status !== 0) throw new TtcError('E_NATIVE', `ggml could not place a part of a matrix: status ${status}`);
      return tensor;
    },
    [Symbol.dispose]() {
      for (const context of contexts.splice(0)) ggml.free(context);
    },
  };
}

export function createWeightStore(ggml: Ggml, capacity: number, bufferType: Pointer): WeightStore {
  const context = ggml.init({ mem_size: capacity * ggml.tensor_overhead(), mem_buffer: null, no_alloc: true });
  const declared: Pointer[] = [];
  let buffer: Pointer | null = null;
  const parts = createParts(ggml, bufferType, () => buffer as Pointer);
  return {
    part: parts.part,
    declare(type, [first, second]) {
      const length = first as number;
      const tensor =
        second === undefined
          ? ggml.new_tensor_1d(context, type, length)
          : ggml.new_tensor_2d(context, type, length, second);
      declared.push(tensor);
      return tensor;
    },
    bytes: () => declared.reduce((sum, tensor) => sum + ggml.backend_buft_get_alloc_size(bufferType, tensor), 0),
    allocate() {
      if (declared.length === 0) return;
      buffer = ggml.backend_alloc_ctx_tensors_from_buft(context, bufferType);
      if (!buffer) throw new TtcError('E_MEMORY', 'no memory for the weights', { help: 'use a smaller model' });
      ggml.preferHugePages(ggml.backend_buffer_get_base(buffer), ggml.backend_buffer_get_size(buffer));
    },
    [Symbol.dispose]() {
      parts[Symbol.dispose]();
      if (buffer) ggml.backend_buffer_free(buffer);
      ggml.free(context);
    },
  };
}

/** Bytes of a matrix that are read at once: what was read and what is stored are held twice for so much only. */
const readAtOnce = 2 ** 23;

/** Outputs that no kernel's own order separates, in AMX and in every REPACK. */
const wholeGroup = 64;

/** Fills a matrix from its bytes in the file's order, a part at a time. */
export function fillInParts(
  ggml: Ggml,
  store: WeightStore,
  matrix: StoredMatrix,
  read: (from: number, bytes: number) => Uint8Array,
  atOnce = readAtOnce,
): void {
  const { weight, outputs } = matrix;
  const total = ggml.nbytes(weight);
  const rowBytes = total / outputs;
  const size = wholeGroup * Math.max(1, Math.floor(atOnce / (rowBytes * wholeGroup)));
  if (size >= outputs) {
    fillTensor(ggml, weight, read(0, total));
    return;
  }
  for (let from = 0; from < outputs; from += size) {
    const count = Math.min(size, outputs - from);
    fillTensor(ggml, store.part(matrix, { from, size: count }), read(from * rowBytes, count * rowBytes));
  }
}

export function fillTensor(ggml: Ggml, tensor: Pointer, content: Uint8Array): void {
  const expected = ggml.nbytes(tensor);
  if (content.length !== expected) {
    throw new TtcError('E_GGUF', `${content.length} bytes for a tensor of ${expected}`);
  }
  ggml.backend_tensor_set(tensor, content, 0, content.length);
}

/** Memory that keeps weights in the order its kernels read them: `AMX` tiles, `REPACK` for AVX, NEON and others. */
export type KernelLayout = 'AMX' | 'REPACK';
export const kernelLayouts: readonly KernelLayout[] = ['AMX', 'REPACK'];

/** The buffer types of the allowed layouts on this CPU. */
export function findLayouts(ggml: Ggml, allowed: readonly KernelLayout[]): Map<KernelLayout, Pointer> {
  const found = new Map<KernelLayout, Pointer>();
  for (const bufferType of extraBufferTypes(ggml)) {
    const name = ggml.backend_buft_name(bufferType);
    for (const layout of allowed) if (name.includes(layout)) found.set(layout, bufferType);
  }
  return found;
}

/** Asks ggml whether a layout has kernels for a matrix: allocates one there and asks for its mul_mat. */
export function createLayoutProbe(ggml: Ggml, layouts: ReadonlyMap<KernelLayout, Pointer>) {
  const answers = new Map<string, boolean>();
  const device = ggml.backend_reg_dev_get(ggml.backend_cpu_reg(), 0);

  function ask(bufferType: Pointer, type: number, inputs: number, outputs: number): boolean {
    const context = ggml.init({ mem_size: 8 * ggml.tensor_overhead(), mem_buffer: null, no_alloc: true });
    const weight = ggml.new_tensor_2d(context, type, inputs, outputs);
    const buffer = ggml.backend_alloc_ctx_tensors_from_buft(context, bufferType);
    const rows = ggml.new_tensor_2d(context, tensorType.F32, inputs, 4);
    const answer = buffer !== null && ggml.backend_dev_supports_op(device, ggml.mul_mat(context, weight, rows));
    if (buffer) ggml.backend_buffer_free(buffer);
    ggml.free(context);
    return answer;
  }

  return (layout: KernelLayout, type: number, inputs: number, outputs: number): boolean => {
    const bufferType = layouts.get(layout);
    if (!bufferType) return false;
    const key = `${layout} ${type} ${inputs} ${outputs}`;
    const answer = answers.get(key) ?? ask(bufferType, type, inputs, outputs);
    answers.set(key, answer);
    return answer;
  };
}
