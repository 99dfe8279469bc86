import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { now, type Part } from '../core/index.ts';
import { openedReasoning, type ReasoningOptions, splitReasoning } from './reasoning.ts';

/** Id = byte. */
const tokenizer = { bytes: (id: number) => Uint8Array.of(id) };

/** A stream with one part per piece, ids and all. */
async function* streamOf(pieces: readonly string[]): AsyncGenerator<Part> {
  for (const text of pieces)
    yield { type: 'text', at: now(), text, channel: 'answer', ids: [...Buffer.from(text)], events: 1 };
  yield { type: 'end', at: now(), reason: 'stop' };
}

async function split(pieces: readonly string[], options: ReasoningOptions = {}) {
  const result = { answer: '', reasoning: '', ids: { answer: '', reasoning: '' }, events: 0, ends: 0, last: '' };
  let before = 0n;
  for await (const part of splitReasoning(streamOf(pieces), { tokenizer, ...options })) {
    result.last = part.type;
    expect(part.at).toBeGreaterThanOrEqual(before);
    before = part.at;
    if (part.type === 'end') result.ends++;
    else if (part.type === 'text') {
      result[part.channel] += part.text;
      result.ids[part.channel] += Buffer.from(part.ids ?? []).toString('latin1');
      result.events += part.events ?? 0;
    }
  }
  expect([result.ends, result.last]).toEqual([1, 'end']);
  return result;
}

describe('splitReasoning', () => {
  it.each([
    ['<think>\nQuo?\n</think>\n\nLima', '<think>\nQuo?\n</think>\n\n', 'Lima'],
    ['\n<think></think>Lima', '\n<think></think>', 'Lima'],
    ['[THINK]a[/THINK]b', '[THINK]a[/THINK]', 'b'],
    ['<thinking>a </think> b</thinking>c', '<thinking>a </think> b</thinking>', 'c'],
    ['Lima', '', 'Lima'],
    ['  Lima ', '', '  Lima '],
    ['<think>never closed', '<think>never closed', ''],
    ['<think>a</think>b<think>c</think>d', '<think>a</think>', 'b<think>c</think>d'],
    ['<thin', '', '<thin'],
    ['<thinner than thin', '', '<thinner than thin'],
    ['<think>a</thin', '<think>a</thin', ''],
    ['', '', ''],
  ])('%j', async (text, reasoning, answer) => {
    const whole = await split([text]);
    expect([whole.reasoning, whole.answer]).toEqual([reasoning, answer]);
    const letters = await split([...text]);
    expect([letters.reasoning, letters.answer]).toEqual([reasoning, answer]);
  });

  it('starts inside where the prompt has opened the thinking', async () => {
    const { reasoning, answer } = await split(['Quo?', '</th', 'ink>\n', '\nLima'], { prompt: 'assistant\n<think>\n' });
    expect([reasoning, answer]).toEqual(['Quo?</think>\n\n', 'Lima']);
  });

  it('says where an ending without a beginning makes all before it reasoning', async () => {
    const parts: Part[] = [];
    for await (const part of splitReasoning(streamOf(['Quo?', '</think>', 'Lima']))) parts.push(part);
    expect(parts.find((part) => part.type === 'text' && part.closesReasoning)).toMatchObject({ text: '</think>' });
  });

  it('divides the ids of one part as its text is divided', async () => {
    const { ids, events } = await split(['<think>', 'Quo?</think>Li', 'ma']);
    expect(ids).toEqual({ reasoning: '<think>Quo?</think>', answer: 'Lima' });
    expect(events).toBe(3);
  });

  it('lets the answer go at once, and times it as it came', async () => {
    const source = streamOf(['Li', 'ma']);
    const stage = splitReasoning(source, {});
    expect(await stage.next()).toMatchObject({ value: { text: 'Li', channel: 'answer' } });
  });

  it('gives the same texts for every cut, and every id once and in order', async () => {
    // No ending without a beginning: see above.
    const piece = fc.constantFrom('<think>', '</thought>', '<thi', 'nk>', '</', 'a', ' ', '\n', 'é', '[THINK]', '<');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.boolean(), async (pieces, inside) => {
        const text = pieces.join('');
        const options = inside ? { prompt: '<think>' } : {};
        const [cut, whole] = [await split(pieces, options), await split([text], options)];
        expect([cut.answer, cut.reasoning]).toEqual([whole.answer, whole.reasoning]);
        const all: number[] = [];
        for await (const part of splitReasoning(streamOf(pieces), { tokenizer, ...options }))
          if (part.type === 'text') all.push(...(part.ids ?? []));
        expect(Buffer.from(all).toString()).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('openedReasoning', () => {
  it.each([
    ['<|im_start|>assistant\n<think>\n', '</think>'],
    ['<|im_start|>assistant\n<think>\n\n</think>\n\n', undefined],
    ['<|im_start|>assistant\n', undefined],
    ['<|im_start|>user\n<think><|im_end|>\n<|im_start|>assistant\n', undefined],
    ['[THINK]', '[/THINK]'],
  ])('%j: %s', (prompt, expected) => {
    expect(openedReasoning(prompt)).toBe(expected);
  });
});
