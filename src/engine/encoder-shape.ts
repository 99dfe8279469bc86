/** The shape of a BERT encoder, read from its tensors. Everything else is refused by name before native code runs. */
import { TtcError } from '../core/index.ts';
import type { StoredTensor } from './safetensors.ts';

export interface EncoderShape {
  layers: number;
  width: number;
  heads: number;
  feedForward: number;
  vocabulary: number;
  /** Positions that have an embedding. */
  positions: number;
  /** Added to the variance in layer norms. */
  epsilon: number;
}

/** Names as PyTorch writes them, by what they are. */
export const encoderNames = {
  words: 'embeddings.word_embeddings.weight',
  positions: 'embeddings.position_embeddings.weight',
  kinds: 'embeddings.token_type_embeddings.weight',
  norm: 'embeddings.LayerNorm',
  layer: (layer: number) => {
    const name = (rest: string) => `encoder.layer.${layer}.${rest}`;
    return {
      query: name('attention.self.query'),
      key: name('attention.self.key'),
      value: name('attention.self.value'),
      output: name('attention.output.dense'),
      outputNorm: name('attention.output.LayerNorm'),
      up: name('intermediate.dense'),
      down: name('output.dense'),
      downNorm: name('output.LayerNorm'),
    };
  },
} as const;

/** Tensors of BERT that a mean over the last layer does not use. */
const unused = /^(embeddings\.position_ids|pooler\.dense\.(weight|bias))$/;

/** Beyond these, a file is damaged or no sentence encoder. */
const limits = { layers: 64, width: 4096, feedForward: 16_384, vocabulary: 1_000_000, positions: 65_536 };

function refuse(message: string): never {
  throw new TtcError('E_ENCODER', message, {
    help: 'supported: all-MiniLM-L6-v2 and BERT encoders of the same build (absolute positions, F32)',
  });
}

/** The shapes that tensors must have, by name. */
function expectedShapes(shape: EncoderShape): Map<string, readonly number[]> {
  const { width, feedForward, vocabulary, positions } = shape;
  const expected = new Map<string, readonly number[]>();
  const both = (name: string, weight: readonly number[]) => {
    expected.set(`${name}.weight`, weight);
    expected.set(`${name}.bias`, [weight[0] as number]);
  };
  expected.set(encoderNames.words, [vocabulary, width]);
  expected.set(encoderNames.positions, [positions, width]);
  both(encoderNames.norm, [width]);
  for (let layer = 0; layer < shape.layers; layer++) {
    const names = encoderNames.layer(layer);
    for (const name of [names.query, names.key, names.value, names.output]) both(name, [width, width]);
    for (const name of [names.outputNorm, names.downNorm]) both(name, [width]);
    both(names.up, [feedForward, width]);
    both(names.down, [width, feedForward]);
  }
  return expected;
}

function countLayers(names: Iterable<string>): number {
  const found = [...names].flatMap((name) => /^encoder\.layer\.(\d{1,4})\./.exec(name)?.[1] ?? []);
  return found.length === 0 ? 0 : Math.max(...found.map(Number)) + 1;
}

/** @throws E_ENCODER naming the first tensor that is missing, unknown, or of another type or shape */
export function readEncoderShape(tensors: ReadonlyMap<string, StoredTensor>, heads: number): EncoderShape {
  const lengths = (name: string) => tensors.get(name)?.shape ?? refuse(`no tensor ${name}`);
  const kinds = lengths(encoderNames.kinds);
  const shape: EncoderShape = {
    layers: countLayers(tensors.keys()),
    width: lengths(encoderNames.words)[1] ?? 0,
    heads,
    feedForward: lengths(`${encoderNames.layer(0).up}.weight`)[0] ?? 0,
    vocabulary: lengths(encoderNames.words)[0] ?? 0,
    positions: lengths(encoderNames.positions)[0] ?? 0,
    epsilon: 1e-12,
  };
  for (const [name, most] of Object.entries(limits)) {
    const value = shape[name as keyof typeof limits];
    if (value < 1 || value > most) refuse(`${name}: ${value}`);
  }
  if (shape.width % heads !== 0) refuse(`${heads} heads do not divide a width of ${shape.width}`);
  if (kinds.length !== 2 || kinds[0] === 0 || kinds[1] !== shape.width) refuse(`${encoderNames.kinds} is [${kinds}]`);
  checkTensors(tensors, expectedShapes(shape));
  return shape;
}

function checkTensors(tensors: ReadonlyMap<string, StoredTensor>, expected: Map<string, readonly number[]>): void {
  for (const [name, shape] of expected) {
    const tensor = tensors.get(name) ?? refuse(`no tensor ${name}`);
    if (String(tensor.shape) !== String(shape)) refuse(`tensor ${name} is [${tensor.shape}] instead of [${shape}]`);
  }
  for (const { name, type } of tensors.values()) {
    if (unused.test(name)) continue;
    if (!expected.has(name) && name !== encoderNames.kinds) refuse(`it has a tensor ${name}, which BERT has not`);
    if (type !== 'F32') refuse(`tensor ${name} has the type ${type} instead of F32`);
  }
}
