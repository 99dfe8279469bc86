/** The sentence encoder against its definition in plain numbers, on random weights; hostile texts and files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { count } from '../../test/support/depth.ts';
import {
  encoderSize,
  erf,
  idOf,
  pieces,
  plainVector,
  randomTensors,
  safetensors,
  type Tensor,
  writeEncoder,
} from '../../test/support/random-encoder.ts';
import { createRandom } from '../core/index.ts';
import { createEncoder, type Encoder } from './encoder.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-encoder-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'small.safetensors');
const tensors = randomTensors();
const { heads, positions } = encoderSize;

let encoder: Encoder;
beforeAll(async () => {
  writeEncoder(path, tensors);
  encoder = await createEncoder(path, { heads });
  return () => encoder[Symbol.asyncDispose]();
});

const encode = async (text: string) => (await encoder.encode([text]))[0] as Float32Array;
const ids = (...list: (string | number)[]) => [
  idOf('[CLS]'),
  ...list.map((piece) => (typeof piece === 'number' ? piece : idOf(piece))),
  idOf('[SEP]'),
];
/** A text of random words of the vocabulary, with the ids it must have. */
function randomText(random: () => number, words: number): { text: string; ids: number[] } {
  const list = Array.from({ length: words }, () => `word${Math.floor(random() * 20)}`);
  return { text: list.join(' '), ids: ids(...list) };
}
const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from({ length: a.length }, (_, i) => Math.abs((a[i] as number) - (b[i] as number))));

describe('vectors', () => {
  it('the oracle’s erf is right', () => {
    // Abramowitz and Stegun, table 7.1
    for (const [x, value] of [
      [0, 0],
      [0.5, 0.5204998778],
      [1, 0.8427007929],
      [2, 0.995322265],
      [3, 0.9999779095],
    ])
      expect(erf(x as number)).toBeCloseTo(value as number, 9);
  });

  it('are those of BERT by definition', async () => {
    const random = createRandom(3);
    const texts = [0, 1, 2, 3, 4, 7, 15, 16, 30, positions - 2].map((words) => randomText(random, words));
    const vectors = await encoder.encode(texts.map(({ text }) => text));
    texts.forEach((text, at) => {
      expect(largestGap(vectors[at] as Float32Array, plainVector(tensors, text.ids)), text.text).toBeLessThan(2e-6);
    });
  });

  it('have length 1', async () => {
    const vector = await encode('open the case');
    expect(vector.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 6);
  });

  it('do not depend on the batch, bit by bit', async () => {
    const random = createRandom(5);
    // Many of one length, so that several share a pass and some start a second one.
    const texts = Array.from({ length: 90 }, (_, at) => randomText(random, at % 3 === 0 ? 7 : at % 40).text);
    const together = await encoder.encode(texts);
    const turned = (await encoder.encode([...texts].reverse())).reverse();
    for (const [at, text] of texts.entries()) {
      expect(await encode(text)).toEqual(together[at]);
      expect(turned[at]).toEqual(together[at]);
    }
  });

  it('of concurrent calls stay apart', async () => {
    const [one, many, two] = await Promise.all([
      encode('open'),
      encoder.encode(['closed', 'open', 'the case', '']),
      encode('the case'),
    ]);
    expect(many.slice(1, 3)).toEqual([one, two]);
  });

  it('come for no text, an empty text and one that is too long', async () => {
    expect(await encoder.encode([])).toEqual([]);
    expect(largestGap(await encode(''), plainVector(tensors, ids()))).toBeLessThan(2e-6);
    const long = 'word3 '.repeat(500);
    const kept = Array(positions - 2).fill('word3');
    expect(largestGap(await encode(long), plainVector(tensors, ids(...kept)))).toBeLessThan(2e-6);
    expect(await encode(long)).toEqual(await encode(kept.join(' ')));
  });

  it('are refused for what is no text', async () => {
    for (const wrong of [[1], [null], 'text', undefined])
      await expect(encoder.encode(wrong as never)).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });

  it('leave memory as it is', async () => {
    const random = createRandom(7);
    const round = async () => {
      for (let i = 0; i < 60; i++) await encoder.encode([randomText(random, i % 46).text, randomText(random, 9).text]);
    };
    await round();
    const before = process.memoryUsage();
    for (let i = 0; i < 5; i++) await round();
    const after = process.memoryUsage();
    // Native memory: what is not the JavaScript heap, which a collection may not have shrunk yet.
    const native = (usage: NodeJS.MemoryUsage) => usage.rss - usage.heapTotal;
    expect((native(after) - native(before)) / 2 ** 20).toBeLessThan(16);
  });

  it('are refused once it is disposed', async () => {
    const other = await createEncoder(path, { heads });
    await other[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await expect(other.encode(['open'])).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });
});

describe('ids', () => {
  it.each<[string, string, (string | number)[]]>([
    ['lower case', 'The CASE', ['the', 'case']],
    ['accents', 'CAFÉ cafe\u0301', ['cafe', 'cafe']],
    ['the longest piece first', 'refund refunds', ['refund', 'refund', '##s']],
    ['a piece inside a word', 'refunds', ['refund', '##s']],
    ['a word that is no row of pieces', 'refundx the', ['[UNK]', 'the']],
    ['punctuation', 'open,closed.$', ['open', ',', 'closed', '.', '$']],
    ['all kinds of white space', '\topen\u00a0the\u2003\ncase ', ['open', 'the', 'case']],
    ['control characters inside a word', 'ca\u0000s\u200be\ufffd', ['case']],
    ['a vertical tab, which is no white space', 'ca\u000bse', ['case']],
    ['half of a surrogate pair', 'ca\ud83dse', ['case']],
    ['a Chinese character inside a word', 'the世case', ['the', '世', 'case']],
    ['an emoji', '🙂 the', ['[UNK]', 'the']],
    ['special tokens in the text', 'open[SEP]the [MASK]', ['open', '[SEP]', 'the', '[MASK]']],
    ['what only looks like one', '[open]', ['[', 'open', ']']],
    ['a word of 100 letters', 'x'.repeat(100), ['[UNK]']],
    ['a word of 101 letters whose pieces are known', `re${'s'.repeat(99)} the`, ['[UNK]', 'the']],
    ['nothing but what is dropped', '\u200b\ufeff \n', []],
  ])('%s', (_, text, expected) => {
    expect([...encoder.tokenise(text)]).toEqual(ids(...expected));
  });

  it('a word of 100 letters is still cut into pieces', () => {
    expect([...encoder.tokenise(`re${'s'.repeat(98)}`)]).toHaveLength(positions);
  });

  it('of any text are of the vocabulary and no more than there are positions', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const found = [...encoder.tokenise(text)];
        expect(found[0]).toBe(idOf('[CLS]'));
        expect(found.at(-1)).toBe(idOf('[SEP]'));
        expect(found.length).toBeLessThanOrEqual(positions);
        expect(found.every((id) => id >= 0 && id < pieces.length)).toBe(true);
      }),
      { numRuns: count(25, 100) },
    );
  });

  it('of a very long text cost no more than those of its beginning', () => {
    let read = 0;
    const text = new Proxy(Object('word1 '.repeat(100_000)), {
      get(target, key) {
        if (/^\d+$/.test(String(key))) read++;
        const value = target[key];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    expect([...encoder.tokenise(text)]).toHaveLength(positions);
    expect(read).toBeLessThan(6 * positions);
  });
});

describe('files', () => {
  const bad = join(folder, 'bad.safetensors');
  const openBytes = (bytes: Buffer, vocabulary = pieces) => {
    writeEncoder(bad, [], vocabulary);
    writeFileSync(bad, bytes);
    return createEncoder(bad, { heads });
  };
  const refused = async (bytes: Buffer, message: RegExp, vocabulary = pieces) =>
    expect(openBytes(bytes, vocabulary)).rejects.toMatchObject({
      code: 'E_ENCODER',
      message: expect.stringMatching(message),
    });
  const changed = (name: string, change: (tensor: Tensor) => Tensor | Tensor[]) =>
    safetensors(tensors.flatMap((tensor) => (tensor.name === name ? change(tensor) : tensor)));
  const last = tensors.at(-1) as Tensor;

  it('may hold a pooler and position ids, which a mean does not use', async () => {
    const width = encoderSize.width;
    const extra = { name: 'pooler.dense.bias', shape: [width], values: new Float32Array(width) };
    await using other = await openBytes(safetensors([...tensors, extra]));
    expect(await other.encode(['open the case'])).toEqual([await encode('open the case')]);
  });

  it('are refused by the name of what is wrong', async () => {
    await expect(createEncoder(join(folder, 'absent.safetensors'))).rejects.toMatchObject({ code: 'E_ENCODER' });
    await expect(createEncoder(folder)).rejects.toMatchObject({ code: 'E_ENCODER' });
    await refused(Buffer.from('GGUF'), /too small/);
    await refused(Buffer.alloc(64, 0xff), /header of/);
    await refused(Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('[]')]), /no JSON object/);
    await refused(safetensors([]), /no tensor embeddings/);
    await refused(
      changed(last.name, () => []),
      /no tensor encoder\.layer\.1\.output\.LayerNorm\.bias/,
    );
    await refused(
      changed('encoder.layer.0.attention.self.key.weight', (tensor) => ({ ...tensor, shape: [12, 48] })),
      /key\.weight is \[12,48\] instead of \[24,24\]/,
    );
    await refused(
      safetensors([
        ...tensors,
        { name: 'encoder.relative_attention_bias.weight', shape: [1], values: new Float32Array(1) },
      ]),
      /relative_attention_bias/,
    );
    await refused(safetensors(tensors).subarray(0, -4), /the data at/);
    await refused(Buffer.concat([safetensors(tensors), Buffer.alloc(4)]), /the data at/);
    await refused(
      safetensors(tensors, (header) => Object.assign(header[last.name] as object, { dtype: 'I32' })),
      /has the type I32 instead of F32/,
    );
    await refused(
      safetensors(tensors, (header) => Object.assign(header[last.name] as object, { dtype: 'toString' })),
      /type "toString"/,
    );
    await refused(
      safetensors(tensors, (header) => Object.assign(header[last.name] as object, { data_offsets: [0, 96] })),
      /starts at 0/,
    );
    await refused(
      safetensors(tensors, (header) => Object.assign(header[last.name] as object, { shape: [-24] })),
      /no valid shape/,
    );
    await refused(safetensors(tensors), /pieces for/, pieces.slice(0, -1));
    await refused(safetensors(tensors), /a piece twice/, [...pieces.slice(0, -1), 'the']);
    await refused(safetensors(tensors), /no \[SEP\]/, pieces.with(3, 'sep'));
    await expect(createEncoder(path, { heads: 5 })).rejects.toMatchObject({ code: 'E_ENCODER' });
    for (const options of [{ threads: 0 }, { threads: 1.5 }, { heads: 0 }])
      await expect(createEncoder(path, options)).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });

  it('that were damaged anywhere are refused or run; none ends the process', async () => {
    const whole = safetensors(tensors);
    const random = createRandom(11);
    for (let trial = 0; trial < 120; trial++) {
      const bytes = Buffer.from(whole);
      // The header is where damage changes lengths; half of the mutants are cut off somewhere.
      for (let i = 0; i < 3; i++) bytes[Math.floor(random() * 3000)] = Math.floor(random() * 256);
      const mutant = trial % 2 ? bytes : bytes.subarray(0, Math.floor(random() * bytes.length));
      const opened = await openBytes(mutant).catch((error) => error);
      if (opened instanceof Error) expect(opened).toMatchObject({ code: 'E_ENCODER' });
      else {
        await opened.encode(['open']).catch((error: unknown) => expect(error).toMatchObject({ code: 'E_NATIVE' }));
        await opened[Symbol.asyncDispose]();
      }
    }
  });

  it('with weights that are no numbers give an error, not a vector', async () => {
    const name = 'embeddings.LayerNorm.weight';
    await using other = await openBytes(
      changed(name, (tensor) => ({ ...tensor, values: tensor.values.map(() => Number.NaN) })),
    );
    await expect(other.encode(['open'])).rejects.toMatchObject({ code: 'E_NATIVE' });
  });
});
