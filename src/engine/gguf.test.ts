import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tiny8 } from '../../test/agreement/bench.ts';
import { randomModel } from '../../test/agreement/random-model.ts';
import { type Tensor, type Value, writeGguf } from '../../test/agreement/write-gguf.ts';
import { openGguf } from './gguf.ts';
import { readShape } from './shape.ts';

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttcbench-gguf-'));
  path = join(folder, 'model.gguf');
});
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = (message: RegExp) =>
  expect.objectContaining({
    code: 'E_GGUF',
    message: expect.stringMatching(message),
    help: expect.stringMatching(/\w/),
  });
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const vector = (name: string, ...values: number[]): Tensor => ({
  name,
  dimensions: [values.length],
  type: 0,
  bytes: floats(...values),
});

function open(bytes: Uint8Array) {
  writeFileSync(path, bytes);
  return openGguf(path);
}

/** A file of two tensors whose second is said to start elsewhere. */
function moved(offset: number): Uint8Array {
  const bytes = writeGguf({}, [vector('first', 1, 2, 3), vector('second', 4)]);
  // After the name: rank, the one dimension, type.
  bytes.writeBigUInt64LE(BigInt(offset), bytes.indexOf('second') + 'second'.length + 4 + 8 + 4);
  return bytes;
}

describe('openGguf', () => {
  it('reads metadata of every kind, and tensors', () => {
    using file = open(
      writeGguf(
        {
          a: { string: 'grün' },
          b: { uint32: 7 },
          c: { float32: 0.5 },
          d: { bool: true },
          e: { strings: ['x', ''] },
          f: { int32s: [-1, 2] },
        },
        [vector('first', 1, 2, 3), vector('second', 4)],
      ),
    );
    expect(file.metadata).toEqual({ a: 'grün', b: 7, c: 0.5, d: true, e: ['x', ''], f: [-1, 2] });
    expect([...file.tensors.keys()]).toEqual(['first', 'second']);
    expect(file.tensors.get('first')).toMatchObject({ dimensions: [3], bytes: 12, type: { name: 'F32' } });
    expect(new Float32Array(file.read('first').buffer)).toEqual(Float32Array.of(1, 2, 3));
    expect(new Float32Array(file.read('second').buffer)).toEqual(Float32Array.of(4));
    expect(() => file.read('third')).toThrow(refusal(/no tensor third/));
  });

  it('says that a file is not there', () => {
    expect(() => openGguf(join(folder, 'none.gguf'))).toThrow(expect.objectContaining({ code: 'E_MODEL' }));
  });

  it('says what to do with a file that ends in its header', () => {
    const help = expect.stringMatching(/fetch it again/);
    expect(() => open(good().subarray(0, 40))).toThrow(expect.objectContaining({ code: 'E_GGUF', help }));
  });

  const good = () => writeGguf({ a: { uint32: 1 } }, [vector('t', 1, 2)]);
  const patched = (at: number, ...bytes: number[]) => {
    const file = good();
    file.set(bytes, at);
    return file;
  };
  const withTensor = (tensor: Partial<Tensor>) => writeGguf({}, [{ ...vector('t', 1, 2), ...tensor }]);
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /too small/],
    ['another format', Buffer.from('PK\x03\x04 this is a zip archive, not a model'), /not a GGUF file/],
    ['version 1', patched(4, 1), /version 1 is not supported/],
    ['a big-endian file', patched(4, 0, 0, 0, 3), /version 50331648/],
    ['absurd counts', patched(8, 255, 255, 255, 255), /implausible counts/],
    ['a count beyond 2^53', patched(8, 255, 255, 255, 255, 255, 255, 255, 255), /tensor count is out of range/],
    ['a string longer than the file', patched(24, 255, 255), /truncated or corrupt/],
    ['an unknown type of metadata', patched(33, 99), /unknown metadata type 99/],
    [
      'a type of tensor it does not run',
      withTensor({ type: 10 }),
      /tensor t has the type Q2_K, which is not supported/,
    ],
    ['a type of tensor nobody knows', withTensor({ type: 99 }), /type number 99/],
    ['a tensor without values', withTensor({ dimensions: [0] }), /shape \[0\]/],
    ['a tensor of five dimensions', withTensor({ dimensions: [1, 1, 1, 1, 2] }), /5 dimensions/],
    [
      'rows that are no whole blocks',
      withTensor({ dimensions: [33], type: 8 }),
      /shape \[33\], which is not valid for Q8_0/,
    ],
    ['a tensor twice', writeGguf({}, [vector('t', 1), vector('t', 2)]), /tensor t appears twice/],
    ['a file that ends in its header', good().subarray(0, 40), /truncated or corrupt/],
    ['a file cut short', good().subarray(0, good().length - 32), /ends at \d+, the file at \d+/],
    ['a tensor upon another', moved(0), /tensor second starts at 0, the one before it makes it 32/],
    ['a gap between tensors', moved(64), /tensor second starts at 64, the one before it makes it 32/],
    ['an alignment of zero', writeGguf({ 'general.alignment': { uint32: 0 } }, [vector('t', 1)]), /alignment 0/],
    [
      'a part of a split model',
      writeGguf({ 'split.count': { uint32: 2 } }, [vector('t', 1)]),
      /part 1 of a model in 2 files/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => open(bytes)).toThrow(refusal(message));
  });
});

describe('readShape', () => {
  it('knows tiny8', () => {
    using file = openGguf(tiny8);
    const shape = { architecture: 'llama', layers: 8, width: 128, heads: 4, kvHeads: 2, headSize: 32, tied: true };
    expect(readShape(file)).toMatchObject({
      ...shape,
      vocabulary: 1312,
      queryKeyValueBias: false,
      queryKeyNorm: false,
    });
  });

  it.each(['llama', 'qwen2', 'qwen3', 'smollm3'] as const)('knows %s', (architecture) => {
    using file = open(randomModel({ architecture, type: 'Q8_0', untied: true, factors: architecture === 'llama' }));
    expect(readShape(file)).toMatchObject({
      architecture,
      tied: false,
      queryKeyValueBias: architecture === 'qwen2',
      queryKeyNorm: architecture === 'qwen3',
      rope: { mode: architecture.startsWith('qwen') ? 2 : 0, factors: architecture === 'llama' },
    });
    const rotated = [0, 1, 2, 3].map((layer) => !readShape(file).unrotated(layer));
    expect(rotated).toEqual([true, true, true, architecture !== 'smollm3']);
  });

  const metadata: Record<string, Value> = {
    'general.architecture': { string: 'llama' },
    'llama.block_count': { uint32: 1 },
    'llama.context_length': { uint32: 64 },
    'llama.embedding_length': { uint32: 4 },
    'llama.feed_forward_length': { uint32: 8 },
    'llama.attention.head_count': { uint32: 2 },
    'llama.attention.layer_norm_rms_epsilon': { float32: 1e-5 },
  };
  const matrix = (name: string, inputs: number, outputs: number): Tensor => ({
    name,
    dimensions: [inputs, outputs],
    type: 0,
    bytes: floats(...Array(inputs * outputs).fill(0)),
  });
  const four = [1, 1, 1, 1];
  const tensors: Tensor[] = [
    matrix('token_embd.weight', 4, 16),
    vector('output_norm.weight', ...four),
    vector('blk.0.attn_norm.weight', ...four),
    vector('blk.0.ffn_norm.weight', ...four),
    ...['q', 'k', 'v', 'output'].map((name) => matrix(`blk.0.attn_${name}.weight`, 4, 4)),
    matrix('blk.0.ffn_gate.weight', 4, 8),
    matrix('blk.0.ffn_up.weight', 4, 8),
    matrix('blk.0.ffn_down.weight', 8, 4),
  ];
  const without = (name: string) => tensors.filter((tensor) => tensor.name !== name);
  const shapeOf = (extra: Record<string, Value>, list = tensors) => {
    using file = open(writeGguf({ ...metadata, ...extra }, list));
    return readShape(file);
  };

  it('takes the smallest model there is', () => {
    expect(shapeOf({})).toMatchObject({ layers: 1, heads: 2, kvHeads: 2, headSize: 2, vocabulary: 16 });
  });

  const halfNorm = { ...vector('blk.0.attn_norm.weight', ...four), type: 1, bytes: new Uint8Array(8) };
  it.each<[string, Record<string, Value>, Tensor[] | undefined, RegExp]>([
    ['another architecture', { 'general.architecture': { string: 'gemma3' } }, undefined, /architecture gemma3 is not/],
    [
      'a name of Object.prototype',
      { 'general.architecture': { string: 'constructor' } },
      undefined,
      /constructor is not/,
    ],
    [
      'an architecture that is a number',
      { 'general.architecture': { uint32: 1 } },
      undefined,
      /no general.architecture/,
    ],
    ['a mixture of experts', { 'llama.expert_count': { uint32: 8 } }, undefined, /mixture-of-experts/],
    ['scaled rotation', { 'llama.rope.scaling.type': { string: 'yarn' } }, undefined, /rope scaling 'yarn'/],
    ['linearly scaled rotation', { 'llama.rope.scaling.factor': { float32: 2 } }, undefined, /factor of 2/],
    ['a sliding window', { 'llama.attention.sliding_window': { uint32: 32 } }, undefined, /sliding-window/],
    ['attention in both directions', { 'llama.attention.causal': { bool: false } }, undefined, /not causal/],
    ['a missing number', { 'llama.block_count': { string: '1' } }, undefined, /block_count is 1, not a number/],
    ['no layer', { 'llama.block_count': { uint32: 0 } }, undefined, /block_count is 0/],
    ['heads per layer', { 'llama.attention.head_count_kv': { int32s: [2] } }, undefined, /head_count_kv is a list/],
    [
      'heads that cannot share',
      {
        'llama.attention.head_count': { uint32: 3 },
        'llama.attention.key_length': { uint32: 2 },
        'llama.attention.head_count_kv': { uint32: 2 },
      },
      undefined,
      /3 heads cannot share 2/,
    ],
    ['heads of no whole size', { 'llama.attention.head_count': { uint32: 3 } }, undefined, /key_length is 1\.33/],
    [
      'keys and values of different size',
      { 'llama.attention.value_length': { uint32: 4 } },
      undefined,
      /differ in size/,
    ],
    ['rotation beyond the head', { 'llama.rope.dimension_count': { uint32: 4 } }, undefined, /cannot be rotated in 4/],
    ['rotation that speeds up', { 'llama.rope.freq_base': { float32: 0.5 } }, undefined, /rope base of 0\.5/],
    ['an epsilon of zero', { 'llama.attention.layer_norm_rms_epsilon': { float32: 0 } }, undefined, /epsilon of 0/],
    ['a missing tensor', {}, without('blk.0.ffn_up.weight'), /tensor blk\.0\.ffn_up\.weight is missing/],
    ['no embedding', {}, without('token_embd.weight'), /token_embd\.weight is missing/],
    [
      'a tensor of another shape',
      {},
      [...without('blk.0.attn_k.weight'), matrix('blk.0.attn_k.weight', 4, 6)],
      /shape \[4,6\], expected \[4,4\]/,
    ],
    [
      'a norm in half precision',
      {},
      [...without('blk.0.attn_norm.weight'), halfNorm],
      /attn_norm\.weight has the type F16, expected F32/,
    ],
    [
      'a tensor more',
      {},
      [...tensors, vector('blk.0.attn_q_norm.weight', 1, 1)],
      /attn_q_norm\.weight is not part of a dense llama/,
    ],
    [
      'a layer more',
      {},
      [...tensors, vector('blk.1.attn_norm.weight', ...four)],
      /blk\.1\.attn_norm\.weight is not part/,
    ],
    ['a bias without its sisters', {}, [...tensors, vector('blk.0.attn_q.bias', ...four)], /attn_k\.bias is missing/],
  ])('refuses %s', (_, extra, list, message) => {
    expect(() => shapeOf(extra, list)).toThrow(refusal(message));
  });

  it('names what is supported', () => {
    using file = open(writeGguf({ 'general.architecture': { string: 'mamba' } }, [vector('t', 1)]));
    const help = expect.stringMatching(/llama, qwen2, qwen3, smollm3/);
    expect(() => readShape(file)).toThrow(expect.objectContaining({ help }));
  });
});
