import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../core/index.ts';
import { type ContextBudget, halfCosine, withinBudget, wordWorth } from './context-budget.ts';

const count = (text: string) => text.split(' ').filter((word) => word !== '').length;
const user = (content: string): Message => ({ role: 'user', content });
const said = (content: string): Message => ({ role: 'assistant', content });
const system: Message = { role: 'system', content: 'Answer in words.' };
const turns = (number: number, words = 8): Message[] =>
  Array.from({ length: number }, (_, at) => [
    user(`q${at} ${'w '.repeat(words)}`),
    said(`a${at} ${'v '.repeat(words)}`),
  ]).flat();
const chat = (number: number): Message[] => [system, ...turns(number), user('the last question')];
const half: ContextBudget = { shareAt: () => 0.5, budget: null, recentTurns: 2, lowMark: 0.8 };
const sizeOf = (messages: readonly Message[]) => messages.reduce((sum, { content }) => sum + count(content) + 4, 0);

describe('a budget of the context', () => {
  it('keeps the system’s words, the first turn and the newest, and fits', async () => {
    const all = chat(8);
    const { messages, offered, kept, turns: dropped } = await withinBudget(all, half, count);
    expect(messages.slice(0, 3)).toEqual(all.slice(0, 3));
    expect(messages.slice(-3)).toEqual(all.slice(-3));
    expect([offered, kept]).toEqual([sizeOf(all), sizeOf(messages)]);
    expect(kept).toBeLessThanOrEqual(Math.ceil(0.5 * offered));
    expect(dropped).toBe((all.length - messages.length) / 2);
  });

  it('sends everything, as the same list, where it fits', async () => {
    const all = chat(6);
    expect((await withinBudget(all, { ...half, shareAt: () => 1 }, count)).messages).toBe(all);
    expect((await withinBudget(all, { ...half, budget: 1000 }, count)).messages).toBe(all);
    expect((await withinBudget([system, user('x y z')], half, count)).messages).toHaveLength(2);
  });

  it('keeps its start from call to call until a cut, and a turn that went stays away', async () => {
    const all = chat(12).slice(0, -1);
    let before: readonly Message[] = [];
    let [cuts, calls] = [0, 0];
    const gone = new Set<string>();
    for (let turn = 1; turn < 12; turn++) {
      const { messages } = await withinBudget(
        [...all.slice(0, 1 + 2 * turn), user('now')],
        { ...half, budget: 90 },
        count,
      );
      for (const { content } of messages) expect(gone.has(content)).toBe(false);
      const isLonger = before.every((message, at) => messages[at]?.content === message.content);
      if (!isLonger) cuts++;
      for (const { content } of before) if (!messages.some((message) => message.content === content)) gone.add(content);
      before = messages.slice(0, -1);
      calls++;
    }
    expect(cuts).toBeGreaterThan(0);
    expect(cuts).toBeLessThan(calls - 2);
  });

  it('never parts a call of tools from its results, and keeps every question', async () => {
    const step = (at: number): Message[] => [
      { role: 'assistant', content: '', toolCalls: [{ id: `${at}`, name: 'look', arguments: 'a b c d e f' }] },
      { role: 'tool', id: `${at}`, content: 'r '.repeat(12) },
    ];
    const all = [system, user('find it'), ...Array.from({ length: 8 }, (_, at) => step(at)).flat()];
    const { messages } = await withinBudget(all, half, count);
    expect(messages.length).toBeLessThan(all.length);
    expect(messages).toContainEqual(user('find it'));
    for (const [at, message] of messages.entries())
      if (message.role === 'tool') {
        const asking = messages[at - 1];
        expect(asking?.role === 'assistant' && asking.toolCalls?.[0]?.id).toBe(message.id);
      }
  });

  it('lets roles alternate and orders stay, whatever is worth what', async () => {
    const worth = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(worth, fc.double({ min: 0.1, max: 0.9, noNaN: true }), async (values, share) => {
        const all = chat(9);
        const scores = async (texts: readonly string[]) => texts.map((_, at) => values[at] as number);
        const { messages } = await withinBudget(all, { ...half, shareAt: () => share, worth: scores }, count);
        const roles = messages.slice(1).map(({ role }) => role);
        expect(roles).toEqual(roles.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')));
        expect(all.filter((message) => messages.includes(message))).toEqual(messages);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('keeps the turns that share words with the question', async () => {
    const all = [
      system,
      user('start'),
      said('well'),
      user('the lantern is green'),
      said('yes'),
      ...turns(5),
      user('which colour has the lantern'),
    ];
    const worth = async (texts: readonly string[], question: string) => wordWorth(texts, question);
    const { messages } = await withinBudget(all, { ...half, shareAt: (turn) => (turn < 7 ? 1 : 0.5), worth }, count);
    expect(messages).toContainEqual(user('the lantern is green'));
  });
});

it('the half cosine falls from its most to its least, with their mean as its own', () => {
  const values = Array.from({ length: 5 }, (_, turn) => halfCosine(100, 20, turn, 4));
  [100, 88.28, 60, 31.72, 20].forEach((value, at) => {
    expect(values[at]).toBeCloseTo(value, 2);
  });
  expect(halfCosine(1, 0.6, 9, 4)).toBe(0.6);
  expect(values.reduce((sum, value) => sum + value, 0) / 5).toBeCloseTo(60, 9);
});
