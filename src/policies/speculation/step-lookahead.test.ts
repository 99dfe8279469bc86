import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createVirtualServer,
  createVirtualTime,
  knows,
  tokensOf,
  type VirtualModel,
} from '../../../test/support/virtual-time.ts';
import { type Call, createMeter, TtcError } from '../../core/index.ts';
import { lookAheadByMeaning } from './meaning-lookahead.ts';
import { lookAhead } from './step-lookahead.ts';
import { stepEnd } from './step-units.ts';

const sentences = 'One two three four five. Six seven eight nine ten. Red green blue pink grey. Cat dog cow hen fox.';
const rule = { unit: 'sentence', unit_tokens: 16 } as const;
const base: Call = { messages: [{ role: 'user', content: 'x' }], maxTokens: 200, temperature: 0, seed: 1 };
const targetTimes = { name: 'target', ttft: 100, tpot: 10 };
const fastTimes = { name: 'fast', ttft: 20, tpot: 2 };

interface Setting {
  lookahead?: number;
  call?: Partial<Call>;
  target: VirtualModel['answer'];
  fast: VirtualModel['answer'];
  fails?: VirtualModel['fails'];
  /** Milliseconds to the fast model's first token and to each further one. */
  pace?: { ttft: number; tpot: number };
  unit?: 'sentence' | 'line' | 'tokens';
  unit_tokens?: number;
  /** Tokens of the reads of the target and of the fast model. */
  reads?: readonly [readonly number[], readonly number[]];
  /** Nobody is told where the tokens of a read end. */
  bundles?: boolean;
  similarity?(own: string, drafted: string): Promise<number>;
}

async function play(setting: Setting) {
  const { lookahead = 4, call = {}, target, fast, fails, similarity, pace, reads, bundles = false, ...units } = setting;
  const time = createVirtualTime();
  const server = createVirtualServer(time);
  const meter = createMeter();
  const context = { signal: new AbortController().signal, meter };
  const models = [
    server.source({ ...targetTimes, answer: target, bundles, ...(reads && { reads: reads[0] }) }),
    server.source({
      ...fastTimes,
      ...pace,
      answer: fast,
      bundles,
      ...(fails && { fails }),
      ...(reads && { reads: reads[1] }),
    }),
  ] as const;
  const options = { ...rule, ...units, lookahead };
  const asked = { ...base, ...call };
  const stream = similarity
    ? lookAheadByMeaning(...models, { ...options, similarity, threshold: 0.6 }, asked, context)
    : lookAhead(...models, options, asked, context);
  let text = '';
  let reason: string | undefined;
  let ended = 0;
  let events = 0;
  await time.run(
    (async () => {
      for await (const part of stream) {
        if (part.type === 'text') text += part.text;
        if (part.type === 'text') events += part.events ?? 1;
        if (part.type === 'end') [reason, ended] = [part.reason, time.now()];
      }
    })(),
  );
  return { text, reason, ended, events, server, counters: meter.counters };
}

describe('step look-ahead', () => {
  it('takes the time that its schedule says, where every draft is right', async () => {
    const same = { target: knows(sentences), fast: knows(sentences) };
    const { text, ended } = await play(same);
    expect(text).toBe(sentences);
    // The last step is written by the call that begins when the fast model has begun its fourth sentence: token 16.
    const fourthBegins = fastTimes.ttft + 15 * fastTimes.tpot;
    expect(ended).toBe(fourthBegins + targetTimes.ttft + 4 * targetTimes.tpot);
    expect((await play({ ...same, lookahead: 1 })).ended).toBe(targetTimes.ttft + 19 * targetTimes.tpot);
  });

  it('takes the baseline’s time where every draft is wrong, and throws all of them away', async () => {
    const { text, ended, counters } = await play({
      target: knows(sentences),
      fast: () => ['No', ' no', ' no.', ' No'],
    });
    expect(text).toBe(sentences);
    expect(ended).toBe(targetTimes.ttft + 19 * targetTimes.tpot);
    expect(counters.sums.drafted).toBeGreaterThan(0);
    expect(counters.sums.accepted).toBeUndefined();
  });

  it('has no more calls of the target in flight than it looks ahead, and leaves none open', async () => {
    for (const lookahead of [1, 2, 3, 4, 8]) {
      const { server } = await play({ lookahead, target: knows(sentences), fast: knows(sentences) });
      expect(server.most('target')).toBeLessThanOrEqual(lookahead);
      expect(server.most('fast')).toBeLessThanOrEqual(1);
      expect(server.calls.every(({ outcome }) => outcome !== undefined)).toBe(true);
    }
  });

  it('bills every call once, cancelled ones with what they wrote', async () => {
    const { server, counters } = await play({ target: knows(sentences), fast: knows(sentences) });
    expect(counters.calls).toHaveLength(server.calls.length);
    const written = server.calls.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(counters.calls.reduce((sum, { usage }) => sum + (usage?.completion ?? 0), 0)).toBe(written);
  });

  it('says what the target says, whatever is drafted, and counts as an offline count does', async () => {
    const word = fc.constantFrom('a', 'bee', 'sea', 'dee.', 'east?', 'eff!', '3.14', 'line\nbreak');
    const text = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(' '));
    const change = fc.array(fc.nat(29), { maxLength: 4 });
    const shape = fc.record({
      lookahead: fc.integer({ min: 1, max: 5 }),
      maxTokens: fc.integer({ min: 1, max: 40 }),
      unit: fc.constantFrom('sentence' as const, 'line' as const, 'tokens' as const),
      unit_tokens: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(text, change, shape, async (said, places, { maxTokens, ...options }) => {
        const drafted = said
          .split(' ')
          .map((one, at) => (places.includes(at) ? 'zed.' : one))
          .join(' ');
        const fast = (call: Call) => knows(drafted, 'Or so. It may be.')(call);
        const played = await play({ ...options, target: knows(said), fast, call: { maxTokens } });
        const alone = await play({
          ...options,
          lookahead: 1,
          target: knows(said),
          fast: () => [],
          call: { maxTokens },
        });
        expect([played.text, played.reason]).toEqual([alone.text, alone.reason]);
        expect(played.server.most('target')).toBeLessThanOrEqual(options.lookahead);
        const { drafted: judged = 0, accepted = 0 } = played.counters.sums;
        expect(accepted).toBeLessThanOrEqual(judged);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('says the baseline’s bytes and counts its tokens, however tokens fall into reads', async () => {
    const word = fc.constantFrom('a', 'bee', 'sea.', 'dee', 'east?', 'longer', 'line\nbreak');
    const text = fc.array(word, { minLength: 1, maxLength: 60 }).map((words) => words.join(' '));
    const reads = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
    const shape = fc.record({
      lookahead: fc.integer({ min: 1, max: 5 }),
      unit: fc.constantFrom('sentence' as const, 'line' as const, 'tokens' as const),
      unit_tokens: fc.integer({ min: 1, max: 6 }),
      reads: fc.tuple(reads, reads),
      bundles: fc.boolean(),
    });
    // A model with another vocabulary counts other tokens.
    const vocabulary = fc.constantFrom(
      (tokens: readonly string[]) => [...tokens],
      (tokens: readonly string[]) => tokens.flatMap((one) => one.match(/..?/gs) ?? []),
      (tokens: readonly string[]) => tokens.join('').match(/.{1,9}/gs) ?? [],
    );
    const asked = fc.tuple(text, fc.array(fc.nat(59), { maxLength: 3 }), fc.integer({ min: 1, max: 80 }), vocabulary);
    const earlier = { told: 0, bundled: 0 };
    await fc.assert(
      fc.asyncProperty(asked, shape, async ([said, places, maxTokens, retold], options) => {
        const drafted = said
          .split(' ')
          .map((one, at) => (places.includes(at) ? 'zed.' : one))
          .join(' ');
        const fast = (call: Call) => retold(knows(drafted, 'Or so. It may be.')(call));
        const baseline = tokensOf(said).slice(0, maxTokens);
        const played = await play({ ...options, target: knows(said), fast, call: { maxTokens } });
        expect(played.text).toBe(baseline.join(''));
        expect(played.events).toBe(baseline.length);
        // Whether an answer that fills its limit exactly was cut cannot be seen.
        if (tokensOf(said).length !== maxTokens)
          expect(played.reason).toBe(tokensOf(said).length > maxTokens ? 'length' : 'stop');
        const alone = await play({
          ...options,
          lookahead: 1,
          target: knows(said),
          fast: () => [],
          call: { maxTokens },
        });
        if (played.ended < alone.ended) earlier[options.bundles ? 'bundled' : 'told']++;
      }),
      { numRuns: 300, seed: 5 },
    );
    // It is not the baseline under another name, and more can take over where it is told where tokens end.
    expect(earlier.told).toBeGreaterThan(10);
    expect(earlier.told).toBeGreaterThan(2 * earlier.bundled);
  });

  it('ends at its limit where the draft counts half of the tokens and the limit lies within a read', async () => {
    const said = Array.from({ length: 12 }, (_, at) => `one two three four five${at}.`).join(' ');
    const fast = (call: Call) =>
      knows(said)(call)
        .join('')
        .match(/.{1,9}/gs) ?? [];
    for (let maxTokens = 30; maxTokens < 60; maxTokens++)
      for (const most of [2, 3, 4]) {
        const reads = [[1, most], [1]] as const;
        const played = await play({ target: knows(said), fast, reads, call: { maxTokens } });
        expect([played.text, played.events]).toEqual([tokensOf(said).slice(0, maxTokens).join(''), maxTokens]);
      }
  });

  it('counts judged and agreed steps as they can be counted from the texts alone', async () => {
    const word = fc.constantFrom('one', 'two', 'three', 'four');
    // Of a last step of one token no draft can be there in time.
    const sentence = fc.array(word, { minLength: 3, maxLength: 5 }).map((words) => `${words.join(' ')}.`);
    const text = fc.array(sentence, { minLength: 1, maxLength: 9 }).map((all) => all.join(' '));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(30), { maxLength: 4 }), async (own, places) => {
        const drafted = own.split(' ').map((one, at) => (places.includes(at) ? one.replace(/\w+/, 'zed') : one));
        // Says its own words wherever it is taken up, as a model does that cannot see what it would have said.
        const fast = ({ continue: begun = '' }: Call) => {
          const at = begun === '' ? 0 : begun.split(' ').length;
          return drafted.slice(at).map((one, index) => (at + index === 0 ? one : ` ${one}`));
        };
        const draftFrom = (place: number) =>
          own.slice(0, place) + fast({ ...base, continue: own.slice(0, place) }).join('');
        const counted = async (lookahead: number) => {
          const { counters } = await play({ lookahead, target: knows(own), fast, pace: { ttft: 0, tpot: 0 } });
          return { judged: counters.sums.drafted ?? 0, agreed: counters.sums.accepted ?? 0 };
        };
        // Nothing takes over, and drafts are there at once: all are judged.
        expect(await counted(1)).toEqual(agreement(own, draftFrom, 1));
        // An answer that is already whole waits for no draft, so the last ones may go without.
        const [four, most] = [await counted(4), agreement(own, draftFrom, 4)];
        expect(four.judged).toBeLessThanOrEqual(most.judged);
        expect(four.agreed).toBeLessThanOrEqual(most.agreed);
      }),
      { numRuns: 80, seed: 11 },
    );
  });

  it('goes on alone where the fast model fails', async () => {
    const fails = () => ({ at: 3, error: new TtcError('E_RATE_LIMIT', 'too many') });
    const { text, ended } = await play({ target: knows(sentences), fast: knows(sentences), fails });
    expect(text).toBe(sentences);
    expect(ended).toBe(targetTimes.ttft + 19 * targetTimes.tpot);
  });

  it('hands on calls whose stop string may lie across two steps', async () => {
    const { server } = await play({ target: knows(sentences), fast: knows(sentences), call: { stop: ['. S'] } });
    expect(server.calls.map(({ model }) => model)).toEqual(['target']);
  });
});

/** Sentences of drafts that the target says too, so many at a time, each draft begun where the last was decided. */
function agreement(
  own: string,
  draftFrom: (place: number) => string,
  most: number,
): { agreed: number; judged: number } {
  const ends = (text: string) => [...text.matchAll(/\.(?= |$)/g)].map(({ index }) => index + 1);
  const mine = ends(own);
  let [agreed, judged] = [0, 0];
  for (let from = 0; from < own.length; ) {
    const draft = draftFrom(from);
    const steps = ends(draft)
      .filter((end) => end > from)
      .slice(0, most);
    const start = from;
    let wrong = false;
    for (const end of steps) {
      judged++;
      wrong = own.slice(start, end) !== draft.slice(start, end) || !['', ' '].includes(own.slice(end, end + 1));
      if (wrong) break;
      agreed++;
      from = end;
    }
    if (!wrong && steps.length < most) break;
    if (!wrong) continue;
    const place = firstDifference(own, draft);
    const next = mine.find((end) => end > from && end >= place);
    if (next === undefined) break;
    from = next;
  }
  return { agreed, judged };
}

function firstDifference(one: string, other: string): number {
  let place = 0;
  while (place < Math.min(one.length, other.length) && one[place] === other[place]) place++;
  return place;
}

describe('by meaning', () => {
  const near = async (own: string, drafted: string) => (own.trim()[0] === drafted.trim()[0] ? 0.9 : 0.1);

  it('keeps drafted steps that mean the same, and the target’s own where they do not', async () => {
    const drafted = sentences.replace('two', '2').replace('Red', 'Ten');
    const target = (call: Call) => knows(sentences)({ ...call, continue: (call.continue ?? '').replace('2', 'two') });
    const { text, counters, server } = await play({ target, fast: knows(drafted, 'Cat dog'), similarity: near });
    expect(text).toBe(sentences.replace('two', '2'));
    expect(counters.sums.accepted).toBe(2);
    expect(server.most('target')).toBeLessThanOrEqual(4);
  });

  it('rejects what it cannot compare', async () => {
    const { text, counters } = await play({
      target: knows(sentences),
      fast: knows(sentences.replace('two', '2'), 'x'),
      similarity: async () => -1,
    });
    expect(text).toBe(sentences);
    expect(counters.sums.accepted).toBeUndefined();
  });
});

describe('a step', () => {
  it.each([
    ['sentence', 'It is 3.14 here. Next', 16],
    ['sentence', 'No end yet', undefined],
    ['sentence', 'He said "go." Then', 13],
    ['sentence', 'a heading\nText', 9],
    ['line', '\n- one. Two\n- three', 11],
  ] as const)('%s of %j ends at %s', (unit, text, end) => {
    expect(stepEnd(text, 0, [], { unit, unit_tokens: 1 })).toBe(end);
  });

  it('of tokens never ends in whitespace', () => {
    const marks = [1, 2, 4, 5].map((length, at) => ({ tokens: at + 1, length }));
    expect(stepEnd('a b c', 0, marks, { unit: 'tokens', unit_tokens: 2 })).toBe(5);
  });
});
