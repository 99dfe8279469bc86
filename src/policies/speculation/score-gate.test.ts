import { describe, expect, it } from 'vitest';
import { createVirtualServer, createVirtualTime, knows, tokensOf } from '../../../test/support/virtual-time.ts';
import { type Call, createMeter } from '../../core/index.ts';
import { gated, scoreIn } from './score-gate.ts';

const own = 'One two three. Four five six. Seven eight nine.';
const drafted = 'Ten two three. Four five six. Seven eight nine.';
const call: Call = {
  messages: [{ role: 'user', content: 'x' }],
  maxTokens: 60,
  temperature: 0.7,
  seed: 1,
  stop: ['!'],
};
const asksForGrade = ({ continue: begun = '' }: Call) => begun.endsWith('9 (right):');

/** @param grade digit for a text that ends with the step */
async function play(grade: (text: string) => string, changes: Partial<Call> = {}, lookahead = 4) {
  const time = createVirtualTime();
  const server = createVirtualServer(time);
  const meter = createMeter();
  const goesOn = (whole: string) => (asked: Call) =>
    asksForGrade(asked)
      ? tokensOf(grade((asked.continue as string).split('\n\nScore')[0] as string))
      : knows(
          whole,
          ' And so on.',
        )({ ...asked, continue: (asked.continue ?? '').replace(/^(?:Ten|One)/, whole.slice(0, 3)) });
  const target = server.source({ name: 'target', ttft: 50, tpot: 10, answer: goesOn(own) });
  const fast = server.source({ name: 'fast', ttft: 10, tpot: 2, answer: goesOn(drafted) });
  const options = { unit: 'sentence', unit_tokens: 16, lookahead, acceptScore: 7 } as const;
  const context = { signal: new AbortController().signal, meter };
  let text = '';
  let reason: string | undefined;
  await time.run(
    (async () => {
      for await (const part of gated(target, fast, options, { ...call, ...changes }, context))
        if (part.type === 'text') text += part.text;
        else if (part.type === 'end') reason = part.reason;
    })(),
  );
  return { text, reason, server, counters: meter.counters, ended: time.now() };
}

describe('the score gate', () => {
  it('keeps steps with 7 or more, and writes only those that get less', async () => {
    const all = await play(() => ' 7');
    expect([all.text, all.reason]).toEqual([drafted, 'stop']);
    expect(all.counters.sums).toMatchObject({ drafted: 3, accepted: 3 });
    const some = await play((text) => (text.endsWith('Ten two three.') ? ' 6' : ' 9'));
    expect([some.text, some.reason]).toEqual([own, 'stop']);
    expect(some.counters.sums).toMatchObject({ accepted: 2 });
    expect(some.counters.tallies.score).toEqual({ 6: 1, 9: 2 });
  });

  it('fills its limit to the token, whatever is graded how, where each token comes in a read of its own', async () => {
    for (let maxTokens = 1; maxTokens <= 10; maxTokens++)
      for (const bad of ['one', 'Ten', 'six.', 'three.', 'nine.', '.']) {
        const { text, reason } = await play((said) => (said.includes(bad) ? ' 0' : ' 9'), { maxTokens });
        expect(tokensOf(text), `${maxTokens} ${bad}`).toHaveLength(Math.min(maxTokens, 9));
        if (maxTokens !== 9) expect(reason).toBe(maxTokens < 9 ? 'length' : 'stop');
      }
  });

  it('takes no digit for a no', async () => {
    const { text, counters } = await play(() => 'good');
    expect(text).toBe(own);
    expect(counters.sums.accepted).toBeUndefined();
  });

  it('leaves no text of a rejected step behind, nor a call open, and bills all of them', async () => {
    const { text, server, counters } = await play(() => ' 0');
    expect(text).toBe(own);
    expect(server.calls.every(({ outcome }) => outcome !== undefined)).toBe(true);
    expect(counters.calls).toHaveLength(server.calls.length);
    expect(server.most('fast')).toBe(1);
  });

  it('asks for grades greedily and without the caller’s stops, at most so many at a time', async () => {
    const { server } = await play(() => ' 8', {}, 2);
    const grades = server.calls.filter((one) => asksForGrade(one.call));
    expect(grades.length).toBeGreaterThan(0);
    for (const { call: grade } of grades) expect(grade).toMatchObject({ temperature: 0, maxTokens: 3 });
    expect(grades.every(({ call: grade }) => grade.stop === undefined)).toBe(true);
    expect(server.most('target')).toBeLessThanOrEqual(2);
  });

  it('keeps to the caller’s limit', async () => {
    for (const grade of [' 9', ' 1']) {
      const { text, reason } = await play(() => grade, { maxTokens: 5 });
      expect([tokensOf(text).length, reason]).toEqual([5, 'length']);
    }
  });
});

it.each([
  [' 7', 7],
  ['8/9', 8],
  [' Score: 9', 9],
  ['10', undefined],
  ['seven', undefined],
  ['', undefined],
])('the score in %j is %s', (text, score) => {
  expect(scoreIn(text)).toBe(score);
});
