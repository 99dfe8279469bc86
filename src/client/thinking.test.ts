import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TextPart } from '../core/index.ts';
import { providers } from './providers.ts';
import { event, hear } from './scripted.ts';

const end = [event({}, {}, 'stop'), 'data: [DONE]\n\n'];
const say = (pieces: string[], options: Parameters<typeof hear>[1] = {}) =>
  hear({ reads: [...pieces.map((content) => event({ content })), ...end] }, options);
/** What a reader makes of the parts: all before the end of reasoning that had no beginning is reasoning. */
function channels(parts: readonly object[]): { answer: string; reasoning: string } {
  let [answer, reasoning] = ['', ''];
  for (const part of parts as TextPart[]) {
    if (part.type !== 'text') continue;
    if (part.closesReasoning) [answer, reasoning] = ['', reasoning + answer];
    if (part.channel === 'answer') answer += part.text;
    else reasoning += part.text;
  }
  return { answer, reasoning };
}
function pieces(text: string, at: readonly number[]): string[] {
  const places = [0, ...at.map((place) => place % text.length).sort((a, b) => a - b), text.length];
  return places
    .slice(1)
    .map((place, i) => text.slice(places[i], place))
    .filter((piece) => piece !== '');
}

describe('reasoning between tags in the answer', () => {
  it.each([
    ['think', '<think>one < two\n</th</think>\n\nLima', 'Lima'],
    ['a blank before', '\n <think>a</think>b', 'b'],
    ['nothing thought', '<think>\n\n</think>\n\nx <think> y', 'x <think> y'],
    ['thinking', '<thinking>a</thinking> b', 'b'],
    ['of Mistral', '[THINK]a [b][/THINK]c', 'c'],
    ['of Kimi', '◁think▷a◁/think▷c', 'c'],
    ['of Seed', '<seed:think>a</seed:think>c', 'c'],
    ['of gpt-oss', '<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>c', 'c'],
    ['without a beginning', 'step 1\nstep 2\n</think>\n\nLima', 'Lima'],
    ['never closed', '<think>for ever and', ''],
    ['an answer that has none', 'if a < b: <b>bold</b> [x](y) <thin', 'if a < b: <b>bold</b> [x](y) <thin'],
    ['an answer that begins like one', '<thin ice>', '<thin ice>'],
  ])('%s: told apart, wherever it is cut', async (_, text, answer) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { maxLength: 8 }), async (at) => {
        const { parts } = await say(pieces(text, at));
        const heard = channels(parts);
        expect(heard.answer).toBe(answer);
        expect(heard.reasoning + heard.answer).toHaveLength(text.length);
      }),
      { numRuns: 40 },
    );
    expect(channels((await say([...text])).parts).answer).toBe(answer);
  });

  it('stays where the user keeps it', async () => {
    expect((await say(['<think>a', '</think>b'], { reasoning: 'keep' })).text).toBe('<think>a</think>b');
  });

  it('has the time of its first token, and the answer that of its own', async () => {
    const { parts, record } = await say(['<thi', 'nk>', 'a', '</think>', '\n\n', 'Li', 'ma']);
    const texts = parts.filter((part): part is TextPart => part.type === 'text');
    expect(texts.map(({ text, channel }) => [text, channel])).toEqual([
      ...['<thi', 'nk>', 'a', '</think>', '\n\n'].map((text) => [text, 'reasoning']),
      ...['Li', 'ma'].map((text) => [text, 'answer']),
    ]);
    const stamps = texts.map(({ at }) => at);
    expect(stamps).toEqual(stamps.toSorted((a, b) => Number(a - b)));
    expect(record.first).toBeLessThanOrEqual(record.end);
    for (const { events } of texts) expect(events).toBe(1);
  });
});

describe('reasoning in other shapes', () => {
  it.each<[string, object]>([
    ['a field', { reasoning: 'Hm' }],
    ['another field', { reasoning_content: 'Hm' }],
    ['an empty one beside it', { content: '', reasoning: '', reasoning_content: 'Hm' }],
    ['an object around it', { role: 'assistant', reasoning_content: { text: 'Hm' } }],
    ['typed pieces', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }],
    ['typed pieces of text alone', { content: [{ type: 'thinking', thinking: 'Hm' }] }],
    ['a typed object', { content: { type: 'reasoning', text: 'Hm' } }],
    ['details', { reasoning: null, reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] }],
    ['a summary', { reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm' }] }],
  ])('%s', async (_, delta) => {
    const heard = await hear({ reads: [event(delta), event({ content: 'Lima' }), ...end] });
    expect([heard.reasoning, heard.text]).toEqual(['Hm', 'Lima']);
    expect(heard.record.events).toMatchObject({ reasoning: 1, content: 1 });
  });

  it('and the answer in one event: each part counts the event', async () => {
    const both = [
      { type: 'thinking', thinking: 'Hm' },
      { type: 'text', text: 'Li' },
    ];
    const heard = await hear({ reads: [event({ content: both }), event({ reasoning: 'x', content: 'ma' }), ...end] });
    expect([heard.reasoning, heard.text]).toEqual(['Hmx', 'Lima']);
    for (const part of heard.parts) if (part.type === 'text') expect(part.events).toBe(1);
  });

  it('answers in pieces that are no strings', async () => {
    const pieces = [
      { content: [{ type: 'text', text: 'Li' }] },
      { content: { type: 'text', text: 'm' } },
      { refusal: 'a' },
    ];
    expect((await hear({ reads: [...pieces.map((delta) => event(delta)), ...end] })).text).toBe('Lima');
  });
});

describe('a started answer that is said again', () => {
  const call = (reads: string[], echo: string) =>
    hear(
      { reads: [...reads.map((content) => event({ content })), ...end] },
      { quirks: { ...providers.generic, echoesPrefill: true }, call: { continue: echo } },
    );
  it.each([
    ['in one piece', ['One, two, three'], ', three'],
    ['in many', ['On', 'e', ', two', ', three'], ', three'],
    ['after a blank', [' One, two', ', three'], ', three'],
    ['not this time', [', three'], ', three'],
    ['not to its end', ['One, or three'], 'One, or three'],
    ['and nothing else', ['One, two'], ''],
    ['cut', ['One,'], 'One,'],
  ])('%s: is left out', async (_, reads, rest) => {
    const heard = await call(reads, 'One, two');
    expect(heard.text).toBe(rest);
    expect(heard.record.ending).toBe('ok');
  });

  it('is no first token', async () => {
    const heard = await call(['One, two', ', three'], 'One, two');
    const texts = heard.parts.filter((part) => part.type === 'text');
    expect(texts).toHaveLength(1);
    expect(heard.record.first).toBeGreaterThan(heard.record.sent);
  });
});
