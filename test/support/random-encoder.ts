/** A small BERT of random weights as a file of its own, and its forward pass written out in plain numbers. */
import { writeFileSync } from 'node:fs';
import { createRandom } from '../../src/core/index.ts';

export interface Tensor {
  name: string;
  shape: number[];
  values: Float32Array;
}

export const encoderSize = { layers: 2, width: 24, heads: 3, feedForward: 40, positions: 48 };

/** Words of its vocabulary: their ids are their places. */
export const pieces = [
  ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
  ...['refund', 're', '##fund', '##s', 'the', 'case', 'cafe', 'open', 'closed', ',', '.', '[', ']', '$', '世'],
  ...Array.from({ length: 20 }, (_, i) => `word${i}`),
];
export const idOf = (piece: string): number => pieces.indexOf(piece);

const layerParts: Record<string, [rows: 'width' | 'feedForward', columns?: 'width' | 'feedForward']> = {
  'attention.self.query': ['width', 'width'],
  'attention.self.key': ['width', 'width'],
  'attention.self.value': ['width', 'width'],
  'attention.output.dense': ['width', 'width'],
  'attention.output.LayerNorm': ['width'],
  'intermediate.dense': ['feedForward', 'width'],
  'output.dense': ['width', 'feedForward'],
  'output.LayerNorm': ['width'],
};

/** Tensors of a random encoder in a fixed order. */
export function randomTensors(seed = 1, size = encoderSize): Tensor[] {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const make = (name: string, shape: number[], scale: number, centre = 0): Tensor => {
    const count = shape.reduce((product, length) => product * length, 1);
    return { name, shape, values: Float32Array.from({ length: count }, () => centre + scale * normal()) };
  };
  const affine = (name: string, shape: number[]) => {
    const isNorm = shape.length === 1;
    return [make(`${name}.weight`, shape, isNorm ? 0.2 : 0.3, isNorm ? 1 : 0), make(`${name}.bias`, [shape[0]!], 0.2)];
  };
  return [
    make('embeddings.word_embeddings.weight', [pieces.length, size.width], 1),
    make('embeddings.position_embeddings.weight', [size.positions, size.width], 0.5),
    make('embeddings.token_type_embeddings.weight', [2, size.width], 0.5),
    ...affine('embeddings.LayerNorm', [size.width]),
    ...Array.from({ length: size.layers }, (_, layer) =>
      Object.entries(layerParts).flatMap(([part, [rows, columns]]) =>
        affine(`encoder.layer.${layer}.${part}`, columns ? [size[rows], size[columns]] : [size[rows]]),
      ),
    ).flat(),
  ];
}

/** The bytes of a safetensors file. `spoil` changes the header before it is written. */
export function safetensors(tensors: readonly Tensor[], spoil: (header: Record<string, unknown>) => void = () => {}) {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  spoil(header);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([
    length,
    text,
    ...tensors.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}

/** Writes `path` (ending in .safetensors) and its vocabulary beside it. */
export function writeEncoder(path: string, tensors: readonly Tensor[], vocabulary: readonly string[] = pieces): void {
  writeFileSync(path, safetensors(tensors));
  writeFileSync(path.replace(/\.safetensors$/, '.vocab.txt'), `${vocabulary.join('\n')}\n`);
}

/** erf: its Taylor series near 0, the continued fraction of erfc farther out. */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 80; n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** The vector of a text by definition, in double precision: one row and one head at a time. */
export function plainVector(tensors: readonly Tensor[], ids: readonly number[], size = encoderSize): number[] {
  const { width, heads } = size;
  const headSize = width / heads;
  const values = new Map(tensors.map((tensor) => [tensor.name, tensor.values]));
  const get = (name: string, at: number) => values.get(name)![at]!;
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const affine = (name: string, x: readonly number[]) =>
    Array.from(
      values.get(`${name}.bias`)!,
      (bias, row) => bias + x.reduce((sum, value, i) => sum + value * get(`${name}.weight`, row * x.length + i), 0),
    );
  const norm = (name: string, x: readonly number[]) => {
    const mean = x.reduce((a, b) => a + b) / width;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    return x.map(
      (value, i) => ((value - mean) / Math.sqrt(variance + 1e-12)) * get(`${name}.weight`, i) + get(`${name}.bias`, i),
    );
  };
  const plus = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value + b[i]!);

  let rows = ids.map((id, position) =>
    norm(
      'embeddings.LayerNorm',
      Array.from(
        { length: width },
        (_, i) =>
          get('embeddings.word_embeddings.weight', id * width + i) +
          get('embeddings.position_embeddings.weight', position * width + i) +
          get('embeddings.token_type_embeddings.weight', i),
      ),
    ),
  );
  for (let layer = 0; layer < size.layers; layer++) {
    const name = (part: string) => `encoder.layer.${layer}.${part}`;
    const [queries, keys, contents] = ['query', 'key', 'value'].map((part) =>
      rows.map((row) => affine(name(`attention.self.${part}`), row)),
    ) as [number[][], number[][], number[][]];
    const attended = rows.map((_, at) =>
      Array.from({ length: heads }, (_, head) => {
        const slice = (row: number[]) => row.slice(head * headSize, (head + 1) * headSize);
        const weights = keys.map((key) => Math.exp(dot(slice(queries[at]!), slice(key)) / Math.sqrt(headSize)));
        const total = weights.reduce((a, b) => a + b);
        return Array.from({ length: headSize }, (_, i) =>
          contents.reduce((sum, row, j) => sum + (weights[j]! / total) * row[head * headSize + i]!, 0),
        );
      }).flat(),
    );
    rows = rows.map((row, at) => {
      const middle = norm(
        name('attention.output.LayerNorm'),
        plus(affine(name('attention.output.dense'), attended[at]!), row),
      );
      const active = affine(name('intermediate.dense'), middle).map((x) => 0.5 * x * (1 + erf(x / Math.SQRT2)));
      return norm(name('output.LayerNorm'), plus(affine(name('output.dense'), active), middle));
    });
  }
  const mean = Array.from({ length: width }, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
  const length = Math.sqrt(dot(mean, mean));
  return mean.map((value) => value / length);
}
