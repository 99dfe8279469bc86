import { describe, expect, it } from 'vitest';
import type { Usage } from '../core/index.ts';
import { estimatePrompt } from './count.ts';
import { event, hear, type Script } from './scripted.ts';

const done = 'data: [DONE]\n\n';
const tail = (usage: unknown) => `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
const words = (count: number) => Array.from({ length: count }, (_, i) => event({ content: ` w${i}` }));
const thoughts = (count: number) => Array.from({ length: count }, (_, i) => event({ reasoning_content: ` r${i}` }));
const answer = (reads: string[], usage: unknown, finish = 'stop'): Script => ({
  reads: [event({ role: 'assistant', content: '' }), ...reads, event({}, {}, finish), tail(usage), done],
});
async function counted(script: Script, options: Parameters<typeof hear>[1] = {}): Promise<Partial<Usage>> {
  const { record, code } = await hear(script, options);
  expect(code).toBeUndefined();
  return record.usage!;
}

describe('usage that the text does not contradict', () => {
  it('counts', async () => {
    expect(await counted(answer(words(11), { prompt_tokens: 71, completion_tokens: 11 }))).toEqual({
      ...{ prompt: 71, completion: 11, origin: 'server', method: 'usage' },
    });
  });

  it('has an estimated prompt where the server counts the answer only, or counts it as nothing', async () => {
    expect(estimatePrompt({ messages: [{ role: 'user', content: 'x'.repeat(400) }] })).toBe(104);
    for (const usage of [{ completion_tokens: 9 }, { prompt_tokens: 0, completion_tokens: 9 }])
      expect(await counted(answer(words(9), usage))).toMatchObject({ prompt: 5, completion: 9, origin: 'estimate' });
  });

  it('of the start stays where the end leaves it out, and zeros at the end take nothing back', async () => {
    const start = event({ content: 'Hi' }, { usage: { prompt_tokens: 50, completion_tokens: 1 } });
    const usages = [{ completion_tokens: 3 }, { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }];
    expect(await counted(answer([start, ...words(2)], usages[0]))).toMatchObject({ prompt: 50, completion: 3 });
    expect(await counted(answer([start], usages[1]))).toMatchObject({ prompt: 50, completion: 1, method: 'usage' });
  });
});

describe('reasoning beside the completion', () => {
  const reads = [...thoughts(50), ...words(5)];
  const details = { completion_tokens_details: { reasoning_tokens: 50 } };
  it.each<[string, object]>([
    ['the total has both', { prompt_tokens: 20, completion_tokens: 5, total_tokens: 75, ...details }],
    ['there is no total', { prompt_tokens: 20, completion_tokens: 5, ...details }],
    ['only the total knows of it', { prompt_tokens: 20, completion_tokens: 5, total_tokens: 75 }],
    [
      'in the fields of the responses API',
      { input_tokens: 20, output_tokens: 5, total_tokens: 75, output_tokens_details: { reasoning_tokens: 50 } },
    ],
  ])('is added: %s', async (_, usage) => {
    expect(await counted(answer(reads, usage))).toEqual({
      ...{ prompt: 20, completion: 55, reasoning: 50, origin: 'server', method: 'usage' },
      contradiction: 'reasoning_beside',
    });
  });

  it('is not added where the completion has it', async () => {
    const usage = { prompt_tokens: 20, completion_tokens: 55, total_tokens: 75, ...details };
    expect(await counted(answer(reads, usage))).not.toHaveProperty('contradiction');
  });

  it('is not what cached tokens beside the prompt are', async () => {
    const usage = {
      prompt_tokens: 4,
      completion_tokens: 5,
      total_tokens: 109,
      prompt_tokens_details: { cached_tokens: 100 },
    };
    expect(await counted(answer(words(5), usage))).toMatchObject({ prompt: 104, completion: 5, cached: 100 });
  });

  it('a total below its parts is noted, and changes nothing', async () => {
    const usage = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 5 };
    expect(await counted(answer(words(5), usage))).toMatchObject({ completion: 5, contradiction: 'total_below' });
  });
});

describe('tokens that were never streamed', () => {
  it('count, but time per token leaves them out', async () => {
    const usage = {
      prompt_tokens: 20,
      completion_tokens: 211,
      total_tokens: 231,
      completion_tokens_details: { reasoning_tokens: 200 },
    };
    expect(await counted(answer(words(11), usage))).toMatchObject({ completion: 211, reasoning: 200, streamed: 11 });
  });

  it('show by more tokens than bytes where nobody says that there was reasoning', async () => {
    const usage = { prompt_tokens: 20, completion_tokens: 211, total_tokens: 231 };
    expect(await counted(answer(words(11), usage))).toMatchObject({
      completion: 211,
      streamed: 11,
      contradiction: 'unseen',
    });
  });

  it('are none where the reasoning came as text, in a field or between tags', async () => {
    const usage = { prompt_tokens: 2, completion_tokens: 40, completion_tokens_details: { reasoning_tokens: 30 } };
    const tags = [event({ content: '<think>' }), ...words(28), event({ content: '</think>' }), ...words(10)];
    for (const reads of [[...thoughts(30), ...words(10)], tags])
      expect(await counted(answer(reads, usage))).not.toHaveProperty('streamed');
  });
});

describe('usage of nothing beside text', () => {
  const zero = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  it('is not believed: what is next best counts, and says so', async () => {
    expect(await counted(answer(words(4), zero))).toEqual({
      ...{ prompt: 5, completion: 4, origin: 'estimate', method: 'chunks', contradiction: 'zero' },
    });
    const everywhere = words(4).map((read) => read.replace('"choices"', `"usage":${JSON.stringify(zero)},"choices"`));
    expect(await counted(answer(everywhere, zero))).toMatchObject({ completion: 4, contradiction: 'zero' });
    const countText = (text: string) => text.length;
    expect(await counted(answer(words(4), zero), { countText })).toMatchObject({ completion: 12, method: 'tokenizer' });
  });

  it('keeps the prompt that it counted at the start', async () => {
    const first = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 50, completion_tokens: 0, total_tokens: 50 } })}\n\n`;
    expect(await counted(answer([first, ...words(4)], null))).toMatchObject({
      prompt: 50,
      completion: 4,
      contradiction: 'zero',
    });
  });

  it('is right for an empty answer', async () => {
    expect(await counted(answer([], { prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 }))).toEqual({
      ...{ prompt: 5, completion: 0, origin: 'server', method: 'usage' },
    });
  });

  it('is not much better with one token for a page of text', async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 1 };
    expect(await counted(answer(words(200), usage))).toMatchObject({
      completion: 200,
      method: 'chunks',
      contradiction: 'too_few',
    });
  });

  it.each([[-5], [3.7], [1e300], ['12'], [null], [Number.MAX_SAFE_INTEGER]])(
    'no count at all is %s',
    async (completion_tokens) => {
      expect(await counted(answer(words(4), { prompt_tokens: 7, completion_tokens }))).toMatchObject({
        completion: 4,
        method: 'chunks',
      });
    },
  );
});

describe('the token that ends an answer', () => {
  const usage = (completion_tokens: number) => ({ prompt_tokens: 9, completion_tokens });
  it('is charged where the server counts it, and leaves no trace in times per token', async () => {
    expect(await counted(answer(words(11), usage(12)))).toMatchObject({ completion: 12, streamed: 11, endToken: true });
    expect(await counted(answer(words(11), usage(11)))).not.toHaveProperty('endToken');
  });

  it('is none where the answer was cut', async () => {
    expect(await counted(answer(words(11), usage(12), 'length'))).not.toHaveProperty('endToken');
  });

  it('has an id on some servers, which belongs to no part', async () => {
    const ids = words(3).map((read, i) => read.replace('"finish_reason"', `"token_ids":[${i}],"finish_reason"`));
    const end = event({}, {}, 'stop').replace('"finish_reason"', '"token_ids":[99],"finish_reason"');
    const heard = await hear({ reads: [`${ids.join('')}${end}${tail(usage(4))}${done}`] });
    expect(heard.parts[0]).toMatchObject({ text: ' w0 w1 w2', ids: [0, 1, 2] });
    expect(heard.record.usage).toMatchObject({ completion: 4, streamed: 3, endToken: true });
    const bare = await hear({ reads: [...ids, end, done] });
    expect(bare.record.usage).toMatchObject({ completion: 3, method: 'ids' });
  });
});
