import { describe, expect, it } from 'vitest';
import { createVirtualServer, createVirtualTime, tokensOf } from '../../../test/support/virtual-time.ts';
import { type Call, createMeter } from '../../core/index.ts';
import { type StabilityOptions, stableAnswer } from './answer-stability.ts';
import { canonicalAnswer, mostCommon } from './canonical-answer.ts';

const inducer = '\n\nFinal answer:';
const whole = Array.from({ length: 64 }, (_, at) => `w${at}`).join(' ');
const options: StabilityOptions = {
  ...{ mode: 'parallel', threshold: 0.8, probes: 5, probeTokens: 20, probeTemperature: 0.6, probeEvery: 8 },
  ...{ inducer, inducerTokens: 3, first: 16, parts: 32 },
};
const call: Call = { messages: [{ role: 'user', content: 'x' }], maxTokens: 64, temperature: 0, seed: 100 };
const isProbe = ({ continue: begun = '' }: Call) => begun.endsWith(inducer);

/** @param say what the n-th probe says */
async function play(say: (probe: number, call: Call) => string, changes: Partial<StabilityOptions> = {}, asked = call) {
  const time = createVirtualTime();
  const server = createVirtualServer(time);
  const meter = createMeter();
  let probes = 0;
  const target = server.source({
    ...{ name: 'target', ttft: 50, tpot: 10 },
    answer: (one) => tokensOf(isProbe(one) ? say(probes++, one) : whole),
  });
  const context = { signal: new AbortController().signal, meter };
  let text = '';
  let reason: string | undefined;
  let ended = 0;
  await time.run(
    (async () => {
      for await (const part of stableAnswer(target, { ...options, ...changes }, asked, context))
        if (part.type === 'text') text += part.text;
        else if (part.type === 'end') [reason, ended] = [part.reason, time.now()];
    })(),
  );
  return { text, reason, ended, server, counters: meter.counters };
}

/** The stream's 32nd token, half of its limit. */
const halfAt = 50 + 31 * 10;
const half = tokensOf(whole).slice(0, 32).join('');

describe('answer stability', () => {
  it('leaves where 4 of 5 probes say the same, with that answer, at a moment that the schedule gives', async () => {
    const { text, reason, ended, server, counters } = await play((at) => (at === 2 ? ' 43' : ' 42.'));
    expect([text, reason]).toEqual([`${half}${inducer} 42.`, 'stop']);
    expect(ended).toBe(halfAt + 50);
    expect(counters.sums).toMatchObject({ exits: 1, exit_checks: 1, probe_calls: 5 });
    expect(counters.tallies.exit_checkpoint).toEqual({ 16: 1 });
    expect(server.calls.every(({ outcome }) => outcome !== undefined)).toBe(true);
    expect(server.calls[0]).toMatchObject({ outcome: 'aborted', ended: halfAt + 50 });
  });

  it('goes on where 3 of 5 do, and says what the stream says', async () => {
    const { text, reason, ended, counters } = await play((at) => (at % 5 < 3 ? ' 42' : ` ${at}`));
    expect([text, reason]).toEqual([whole, 'stop']);
    expect(ended).toBe(50 + 63 * 10);
    expect(counters.sums.exits).toBeUndefined();
  });

  it('never leaves with fewer probes than asked for: one that fails or hedges agrees with nobody', async () => {
    const hedging = await play((at) => (at % 5 < 2 ? ' wait, 42' : ' 42'));
    expect(hedging.counters.sums.exits).toBeUndefined();
    expect(hedging.text).toBe(whole);
    expect((await play(() => '')).counters.sums.exits).toBeUndefined();
  });

  it('ignores probes that come after the stream has ended', async () => {
    const short = { ...call, maxTokens: 126 };
    const { text, counters, server } = await play(() => ' 42', { first: 16 }, short);
    expect(text).toBe(whole);
    expect(counters.sums.exits).toBeUndefined();
    expect(server.calls.filter(({ outcome }) => outcome === 'aborted')).toHaveLength(5);
  });

  it('temporal: leaves when the last five, one every 8 tokens, agree', async () => {
    const { text, counters } = await play((at) => (at === 0 ? ' 7' : ' 42'), { mode: 'temporal' });
    // The first says otherwise; with the fifth, four of the last five agree.
    expect(counters.tallies.exit_checkpoint).toEqual({ 5: 1 });
    expect(text).toBe(`${tokensOf(whole).slice(0, 40).join('')}${inducer} 42`);
    const all = await play((at) => (at === 0 ? ' 7' : ' 42'), { mode: 'temporal', threshold: 1 });
    expect(all.counters.tallies.exit_checkpoint).toEqual({ 6: 1 });
  });

  it('probes with seeds of their own, continuing what the reader has', async () => {
    const { server } = await play(() => ' 42');
    const probes = server.calls.filter((one) => isProbe(one.call)).map((one) => one.call);
    expect(new Set(probes.map(({ seed }) => seed)).size).toBe(5);
    for (const probe of probes) {
      expect(probe).toMatchObject({ temperature: 0.6, maxTokens: 20 });
      expect(probe.continue).toBe(half + inducer);
    }
  });

  it('keeps the limit: no probe where there is no room for its answer', async () => {
    const { counters } = await play(() => ' 42', { first: 31, inducerTokens: 3 });
    expect(counters.sums.probe_calls).toBeUndefined();
  });
});

it.each([
  [' 42.', '42'],
  ['**Paris**', 'paris'],
  ['\\boxed{7}', '7'],
  ['1,000', '1000'],
  ['No', 'no'],
  ['no, 7', undefined],
  ['wait', 'wait'],
  ['\n \n', undefined],
  ['yes\nbecause', 'yes'],
])('the answer in %j is %s', (text, answer) => {
  expect(canonicalAnswer(text)).toBe(answer);
});

it('of equally common answers the first counts', () => {
  expect(mostCommon(['a', 'b', undefined, 'b', 'a'])).toEqual({ answer: 'a', count: 2 });
});
