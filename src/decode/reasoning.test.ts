import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { now, type Part } from '../core/index.ts';
import { opensReasoning, type ReasoningOptions, splitReasoning } from './reasoning.ts';

/** Id = byte. */
const tokenizer = { bytes: (id: number) => Uint8Array.of(id) };

/** A stream with one part per piece, ids and all. */
async function* streamOf(pieces: readonly string[]): AsyncGenerator<Part> {
  for (const text of pieces)
    yield { type: 'text', at: now(), text, channel: 'answer', ids: [...Buffer.from(text)], events: 1 };
  yield { type: 'end', at: now(), reason: 'stop' };
}

async function split(pieces: readonly string[], options: ReasoningOptions = { mode: 'keep' }) {
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
    ['<think>\nQuo?\n</think>\n\nLima', '\nQuo?\n', 'Lima'],
    ['\n<think></think>Lima', '', 'Lima'],
    ['[THINK]a[/THINK]b', 'a', 'b'],
    ['<thinking>a </think> b</thinking>c', 'a </think> b', 'c'],
    ['Lima', '', 'Lima'],
    ['  Lima ', '', '  Lima '],
    ['The tag is <think>, closed by </think>.', '', 'The tag is <think>, closed by </think>.'],
    ['<think>never closed', 'never closed', ''],
    ['<think>a</think>b<think>c</think>d', 'a', 'b<think>c</think>d'],
    ['<thin', '', '<thin'],
    ['<thinner than thin', '', '<thinner than thin'],
    ['<think>a</thin', 'a</thin', ''],
    ['', '', ''],
  ])('%j', async (text, reasoning, answer) => {
    const whole = await split([text]);
    expect([whole.reasoning, whole.answer]).toEqual([reasoning, answer]);
    const letters = await split([...text]);
    expect([letters.reasoning, letters.answer]).toEqual([reasoning, answer]);
  });

  it('starts inside where the prompt has opened the thinking', async () => {
    const { reasoning, answer } = await split(['Quo?', '</th', 'ink>\n', '\nLima'], { mode: 'keep', inside: true });
    expect([reasoning, answer]).toEqual(['Quo?', 'Lima']);
  });

  it('drops the text of thinking by default, and keeps its ids and events', async () => {
    const { reasoning, answer, ids, events } = await split(['<think>', 'Quo?', '</think>', 'Lima'], {});
    expect({ reasoning, answer, events }).toEqual({ reasoning: '', answer: 'Lima', events: 4 });
    expect(ids).toEqual({ reasoning: '<think>Quo?</think>', answer: 'Lima' });
  });

  it('leaves everything as it is for `score`', async () => {
    const text = '<think>Quo?</think>Lima';
    expect(await split([text], { mode: 'score' })).toMatchObject({ answer: text, reasoning: '', events: 1 });
  });

  it('lets the answer go at once, and times it as it came', async () => {
    const source = streamOf(['Li', 'ma']);
    const stage = splitReasoning(source, {});
    expect(await stage.next()).toMatchObject({ value: { text: 'Li', channel: 'answer' } });
  });

  it('gives the same texts for every cut, and every id once and in order', async () => {
    const piece = fc.constantFrom('<think>', '</think>', '<thi', 'nk>', '</', 'a', ' ', '\n', 'é', '[THINK]', '<');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.boolean(), async (pieces, inside) => {
        const text = pieces.join('');
        const options = { mode: 'keep', inside } as const;
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

describe('opensReasoning', () => {
  it.each([
    ['<|im_start|>assistant\n<think>\n', true],
    ['<|im_start|>assistant\n<think>\n\n</think>\n\n', false],
    ['<|im_start|>assistant\n', false],
    ['<|im_start|>user\n<think><|im_end|>\n<|im_start|>assistant\n', false],
    ['[THINK]', true],
  ])('%j: %s', (prompt, expected) => {
    expect(opensReasoning(prompt)).toBe(expected);
  });
});
