/** The weights of a sentence encoder in native memory, as they stand in the file. */
import type { EncoderShape } from './encoder-shape.ts';
import { encoderNames } from './encoder-shape.ts';
import { type Ggml, type Pointer, tensorType } from './ffi.ts';
import type { Safetensors, StoredTensor } from './safetensors.ts';
import { createWeightStore, fillTensor } from './weight-store.ts';

/** A matrix or a norm's gains, with its bias. */
export interface Affine {
  weight: Pointer;
  bias: Pointer;
}

export type EncoderLayer = Record<keyof ReturnType<typeof encoderNames.layer>, Affine>;

export interface EncoderWeights extends Disposable {
  /** [width × vocabulary] */
  readonly words: Pointer;
  /** What the place of a piece adds: position and the first kind of token [width × positions]. */
  readonly places: Pointer;
  readonly norm: Affine;
  readonly layers: readonly EncoderLayer[];
}

function floatsOf(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Every text is of kind 0, so its embedding can be added to the positions once and for all. */
function placesOf(file: Safetensors, width: number): Uint8Array {
  const places = floatsOf(file.read(encoderNames.positions));
  const kind = floatsOf(file.read(encoderNames.kinds)).subarray(0, width);
  for (let i = 0; i < places.length; i++) places[i] = (places[i] as number) + (kind[i % width] as number);
  return new Uint8Array(places.buffer, places.byteOffset, places.byteLength);
}

/** @throws E_MEMORY when they do not fit */
export function loadEncoderWeights(
  ggml: Ggml,
  file: Safetensors,
  shape: EncoderShape,
  bufferType: Pointer,
): EncoderWeights {
  const store = createWeightStore(ggml, 8 + shape.layers * 16, bufferType);
  const fills: (() => void)[] = [];
  function declare(name: string, content = () => file.read(name) as Uint8Array): Pointer {
    const { shape: lengths } = file.tensors.get(name) as StoredTensor;
    const tensor = store.declare(tensorType.F32, [...lengths].reverse());
    fills.push(() => fillTensor(ggml, tensor, content()));
    return tensor;
  }
  const affine = (name: string): Affine => ({ weight: declare(`${name}.weight`), bias: declare(`${name}.bias`) });
  const layerOf = (layer: number) =>
    Object.fromEntries(
      Object.entries(encoderNames.layer(layer)).map(([part, name]) => [part, affine(name)]),
    ) as EncoderLayer;
  try {
    const weights = {
      words: declare(encoderNames.words),
      places: declare(encoderNames.positions, () => placesOf(file, shape.width)),
      norm: affine(encoderNames.norm),
      layers: Array.from({ length: shape.layers }, (_, layer) => layerOf(layer)),
      [Symbol.dispose]: () => store[Symbol.dispose](),
    };
    store.allocate();
    for (const fill of fills) fill();
    return weights;
  } catch (error) {
    store[Symbol.dispose]();
    throw error;
  }
}
