import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testStrings } from '../../scripts/tokenizers/strings.mjs';
import { count } from '../../test/support/depth.ts';
import { createRandom } from '../core/index.ts';
import { openGguf } from './gguf.ts';
import { createTokenizer } from './tokenizer.ts';
import { characters } from './tokenizer-alphabet.ts';
import { createMerger } from './tokenizer-bpe.ts';
import { preTokenizer, preTokenizerNames, split } from './tokenizer-split.ts';

const root = resolve(import.meta.dirname, '../..');
const json = (path: string) => JSON.parse(readFileSync(resolve(root, path), 'utf8'));

interface SyntheticVocabulary {
  merges: string[];
  whole: string[];
  control: string[];
  userDefined: string[];
}
const synthetic: SyntheticVocabulary = json('test/tokenizers/vocabulary.json');

/** Metadata as the comparison with llama.cpp wrote it: bytes, merges, whole pieces, special tokens. */
function metadataOf(pre: string): Record<string, unknown> {
  const { merges, whole, control, userDefined } = synthetic;
  const plain = new Set([...characters, ...merges.map((pair) => pair.replace(' ', '')), ...whole]);
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': pre,
    'tokenizer.ggml.tokens': [...plain, ...control, ...userDefined],
    'tokenizer.ggml.token_type': [...[...plain].map(() => 1), ...control.map(() => 3), ...userDefined.map(() => 4)],
    'tokenizer.ggml.merges': merges,
    'tokenizer.ggml.eos_token_id': plain.size,
  };
}
const tokenizer = createTokenizer(metadataOf('llama-bpe'));
const idOf = (token: string) => (metadataOf('llama-bpe')['tokenizer.ggml.tokens'] as string[]).indexOf(token);

describe('createTokenizer on tiny8', () => {
  interface Sample {
    prompt: string;
    prompt_ids: number[];
    greedy_ids: number[];
    greedy_text: string;
  }
  const samples: Sample[] = readFileSync(resolve(root, 'assets/tiny8/samples.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  using model = openGguf(resolve(root, 'assets/tiny8/tiny8-Q8_0.gguf'));
  const tiny8 = createTokenizer(model.metadata);

  it('writes the reference prompt and gives the reference ids for all 270 samples, without a BOS', () => {
    expect(samples).toHaveLength(270);
    for (const { prompt, prompt_ids } of samples) {
      const text = tiny8.chat([{ role: 'user', content: prompt }]);
      expect(text).toBe(`<|user|>\n${prompt}\n<|assistant|>\n`);
      expect(tiny8.encode(text, { special: true })).toEqual(prompt_ids);
    }
  });

  it('decodes the reference answers', () => {
    for (const { greedy_ids, greedy_text } of samples) expect(tiny8.decode(greedy_ids)).toBe(greedy_text);
    expect([...tiny8.endIds]).toEqual([2]);
  });
});

describe('createTokenizer against llama.cpp', () => {
  const golden: { seed: number; count: number; digests: Record<string, string> } = json('test/tokenizers/golden.json');
  const strings = testStrings(createRandom(golden.seed), golden.count);
  const digest = (ids: readonly (number | string)[]) =>
    createHash('sha256').update(ids.join()).digest('hex').slice(0, 6);
  const digests = new Map<string, string[]>();
  const digestsOf = (pre: string): string[] => {
    const known = digests.get(pre);
    if (known) return known;
    const { encode } = createTokenizer(metadataOf(pre));
    const fresh = strings.map((text) => digest([...encode(text), '|', ...encode(text, { special: true })]));
    digests.set(pre, fresh);
    return fresh;
  };
  const wrong = (pre: string, expected: string) =>
    strings.filter((_, index) => digestsOf(pre)[index] !== expected.slice(index * 6, index * 6 + 6));

  it.each(Object.entries(golden.digests))('%s: the same ids for 2,400 strings', (pre, expected) => {
    expect(expected).toHaveLength(golden.count * 6);
    expect(wrong(pre, expected)).toEqual([]);
  });

  it('tells every pre-tokeniser from every other', () => {
    for (const [name, expected] of Object.entries(golden.digests))
      for (const pre of Object.keys(golden.digests).filter((other) => other !== name))
        expect(wrong(pre, expected).length, `${pre} taken for ${name}`).toBeGreaterThan(10);
  });
});

describe('split', () => {
  it.each([
    ['gpt-2', ['I', "'m", " '", 'LL', ' 12½', ' €!!', ' ', '\n', 'ok', '  ']],
    ['smollm', ['I', "'m", " '", 'LL', ' ', '1', '2', '½', ' €!!', ' ', '\n', 'ok', '  ']],
    ['llama-bpe', ['I', "'m", " '", 'LL', ' ', '12½', ' €!!', ' \n', 'ok', '  ']],
    ['qwen2', ['I', "'m", " '", 'LL', ' ', '1', '2', '½', ' €!!', ' \n', 'ok', '  ']],
  ])('%s', (name, pieces) => {
    expect(split("I'm 'LL 12½ €!! \nok  ", preTokenizer(name).pattern)).toEqual(pieces);
  });

  it('covers every text without a gap', () => {
    for (const { pattern } of preTokenizerNames.map(preTokenizer))
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (text) => split(text, pattern).join('') === text),
        { numRuns: count(12, 50) },
      );
  });

  it('refuses a word of ten million characters with an error, not a crash', () => {
    for (const character of ['漢', 'a', ' '])
      try {
        expect(split(character.repeat(10_000_000), preTokenizer('llama-bpe').pattern).length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toMatchObject({ code: 'E_ARGUMENT' });
      }
  });
});

describe('createMerger', () => {
  /** The definition: scan for the best pair again and again. */
  function naive(text: string, merges: readonly string[]): string[] {
    const parts = [...text];
    for (;;) {
      const ranks = parts.map((part, index) => merges.indexOf(`${part} ${parts[index + 1]}`));
      const best = Math.min(...ranks.filter((rank) => rank >= 0));
      if (!Number.isFinite(best)) return parts;
      const at = ranks.indexOf(best);
      parts.splice(at, 2, `${parts[at]}${parts[at + 1]}`);
    }
  }

  it('equals a naive search on random merges', () => {
    const letters = fc.array(fc.constantFrom(...'abc'), { maxLength: 40 }).map((list) => list.join(''));
    const part = letters.filter((text) => text.length > 0 && text.length < 4);
    const pairs = fc.uniqueArray(
      fc.tuple(part, part).map(([left, right]) => `${left} ${right}`),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(letters, pairs, (text, merges) => {
        const tokens = [...new Set(['a', 'b', 'c', ...merges.map((pair) => pair.replace(' ', ''))])];
        const ids = new Map(tokens.map((token, id) => [token, id]));
        expect(createMerger(ids, merges)(text).map((id) => tokens[id])).toEqual(naive(text, merges));
      }),
      { numRuns: 500 },
    );
  });

  it('lets a merged part outside the vocabulary fall apart, and drops unknown bytes', () => {
    expect(createMerger(new Map([['a', 7]]), ['a b'])('ab')).toEqual([7]);
  });

  it('takes a word of 200,000 characters', () => {
    const word = 'ab'.repeat(100_000);
    expect(tokenizer.decode(tokenizer.encode(word))).toBe(word);
  });
});

describe('Tokenizer', () => {
  it('gives back every text, U+FEFF and broken surrogates as U+FFFD included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
    );
    expect(tokenizer.decode(tokenizer.encode('\ufeffa\ud800b\udc00'))).toBe('\ufeffa\ufffdb\ufffd');
    expect(tokenizer.encode('')).toEqual([]);
  });

  it('parses special tokens only when asked to, and never merges across them', () => {
    const text = 'a<|im_end|>b<|im_end|>';
    const [end, a, b] = [idOf('<|im_end|>'), idOf('a'), idOf('b')] as const;
    expect(tokenizer.encode(text, { special: true })).toEqual([a, end, b, end]);
    expect(tokenizer.encode(text)).not.toContain(end);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.decode([a, end, b])).toBe('ab');
    expect(tokenizer.bytes(end)).toHaveLength(0);
  });

  it('always parses user-defined tokens, and shows them', () => {
    expect(tokenizer.encode('<think>')).toEqual([idOf('<think>')]);
    expect(tokenizer.decode([idOf('<think>')])).toBe('<think>');
  });

  it('takes the longest of the tokens that begin at the same place', () => {
    const metadata = metadataOf('qwen2');
    const tokens = [...(metadata['tokenizer.ggml.tokens'] as string[]), '<tool_call>{', '<tool'];
    const types = [...(metadata['tokenizer.ggml.token_type'] as number[]), 4, 4];
    const { encode } = createTokenizer({
      ...metadata,
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': types,
    });
    const ids = ['<tool_call>{', '<tool', '<tool_call>'].map((token) => tokens.indexOf(token));
    expect(encode('<tool_call>{<tool<tool_call>')).toEqual(ids);
  });

  it('begins a prompt without a template with the BOS that the metadata asks for, and no other prompt', () => {
    const named = { ...metadataOf('qwen2'), 'tokenizer.ggml.bos_token_id': idOf('<|begin_of_text|>') };
    const prompt = (metadata: Record<string, unknown>) =>
      createTokenizer(metadata).chat([{ role: 'user', content: 'a' }]);
    const begins = { 'tokenizer.ggml.add_bos_token': true };
    expect(prompt({ ...named, ...begins })).toMatch(/^<\|begin_of_text\|><\|im_start\|>user\na/);
    expect(prompt(named)).toMatch(/^<\|im_start\|>user\na/);
    expect(prompt({ ...named, ...begins, 'tokenizer.chat_template': 'x' })).toBe('x');
    expect(prompt({ ...named, 'tokenizer.chat_template': '{{ bos_token }}x' })).toBe('<|begin_of_text|>x');
  });

  it.each([
    ['llama-bpe', undefined, '<|begin_of_text|>'],
    ['llama3', undefined, '<|begin_of_text|>'],
    ['llama-v3', undefined, '<|begin_of_text|>'],
    ['falcon3', undefined, '<|begin_of_text|>'],
    ['llama-bpe', false, ''],
    ['smaug-bpe', undefined, ''],
    ['smollm', undefined, ''],
  ])('begins as llama.cpp does without a template: %s, add_bos_token %s', (pre, add, bos) => {
    const metadata = { ...metadataOf('qwen2'), 'tokenizer.ggml.bos_token_id': idOf('<|begin_of_text|>') };
    const { chat } = createTokenizer({
      ...metadata,
      'tokenizer.ggml.pre': pre,
      ...(add !== undefined && { 'tokenizer.ggml.add_bos_token': add }),
    });
    expect(chat([{ role: 'user', content: 'a' }])).toBe(`${bos}<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n`);
  });

  it('looks whole pieces up where the family does', () => {
    expect(tokenizer.encode(' benchmark')).toEqual([idOf('Ġbenchmark')]);
    expect(createTokenizer(metadataOf('qwen2')).encode(' benchmark').length).toBeGreaterThan(1);
  });

  it('knows the tokens that end an answer', () => {
    expect([...tokenizer.endIds].sort()).toEqual(['<|endoftext|>', '<|im_end|>', '<|eot_id|>'].map(idOf).sort());
  });

  it('has no bytes for ids that do not exist', () => {
    for (const id of [-1, 0.5, 1e9, Number.NaN]) expect(tokenizer.bytes(id)).toHaveLength(0);
  });

  it.each([
    ['another type', { 'tokenizer.ggml.model': 'llama' }],
    ['no type', { 'tokenizer.ggml.model': undefined }],
    ['an unknown pre-tokeniser', { 'tokenizer.ggml.pre': 'tekken' }],
    ['a pre-tokeniser named like a property of objects', { 'tokenizer.ggml.pre': 'constructor' }],
    ['no pre-tokeniser', { 'tokenizer.ggml.pre': undefined }],
    ['no merges', { 'tokenizer.ggml.merges': undefined }],
    ['tokens that are no strings', { 'tokenizer.ggml.tokens': [1, 2] }],
    ['an end beyond the vocabulary', { 'tokenizer.ggml.eos_token_id': 1e6 }],
  ])('refuses %s', (_, change) => {
    expect(() => createTokenizer({ ...metadataOf('qwen2'), ...change })).toThrow(
      expect.objectContaining({ code: 'E_TOKENIZER' }),
    );
  });
});
