import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdmissionOptions, createAdmission, firstCome, type Ticket } from './admission.ts';
import { bucketOf, longestFirst } from './sorted-admission.ts';

const byLimit = ({ tokens }: Ticket) => tokens;
const sorted = (patience: number) => longestFirst({ expected: byLimit, patience });
const greedy: AdmissionOptions = { slots: 2, maxTokens: 1000, rule: firstCome, repack: true };

/** An admission with what happened to it. */
function watched(options: AdmissionOptions) {
  const admission = createAdmission(options);
  const running = new Map<string, Ticket>();
  const admitted: string[] = [];
  const tickets = new Map<string, Ticket>();
  const refused: [string, number][] = [];
  function offer(name: string, tokens: number): void {
    const ticket = admission.join(
      tokens,
      (started) => {
        running.set(name, started);
        admitted.push(name);
      },
      (wanted) => refused.push([name, wanted]),
    );
    tickets.set(name, ticket);
  }
  return {
    admitted,
    refused,
    tickets,
    running,
    offer,
    offerAll(calls: Record<string, number>) {
      for (const [name, tokens] of Object.entries(calls)) offer(name, tokens);
    },
    async end(name: string) {
      running.delete(name);
      admission.leave(tickets.get(name) as Ticket);
      await turn();
      await turn();
    },
    tokens: () => [...running.values()].reduce((sum, { tokens }) => sum + tokens, 0),
  };
}
const settle = async () => {
  await turn();
  await turn();
};

describe('first come, first served', () => {
  it('fills the slots in order of arrival and the next takes the place of the first that ends', async () => {
    const batch = watched(greedy);
    for (const name of ['a', 'b', 'c', 'd']) batch.offer(name, 10);
    await settle();
    expect(batch.admitted).toEqual(['a', 'b']);
    await batch.end('b');
    expect(batch.admitted).toEqual(['a', 'b', 'c']);
    expect(batch.tickets.get('c')?.joined).toBe(true);
    expect(batch.tickets.get('a')?.joined).toBe(false);
  });

  it('holds small calls back after one without room, so that nobody is overtaken', async () => {
    const batch = watched(greedy);
    batch.offerAll({ a: 600, b: 500, c: 10 });
    await settle();
    expect(batch.admitted).toEqual(['a']);
    await batch.end('a');
    expect(batch.admitted).toEqual(['a', 'b', 'c']);
  });

  it('says once who found a free slot and no room beside a single call, and what would have been room', async () => {
    const batch = watched({ ...greedy, slots: 3 });
    batch.offerAll({ a: 600, b: 500, c: 300 });
    await settle();
    batch.offer('d', 150);
    await settle();
    expect(batch.refused).toEqual([['b', 1100]]);
    await batch.end('a');
    expect([batch.admitted.join(''), batch.refused.length]).toEqual(['abcd', 1]);
    // Three slots are taken: room is not what is missing.
    batch.offer('e', 5000);
    await settle();
    expect(batch.refused).toHaveLength(1);
  });

  it('says nothing where the room is missing beside several calls: two of them fit', async () => {
    const batch = watched({ ...greedy, slots: 8 });
    for (const name of ['a', 'b', 'c', 'd']) batch.offer(name, 400);
    await settle();
    for (const name of ['a', 'b', 'c']) await batch.end(name);
    expect([batch.admitted.join(''), batch.refused]).toEqual(['abcd', []]);
  });

  it('runs a call that is larger than the whole batch alone', async () => {
    const batch = watched(greedy);
    batch.offerAll({ a: 10, b: 5000, c: 10 });
    await settle();
    expect(batch.admitted).toEqual(['a']);
    await batch.end('a');
    expect([...batch.running.keys()]).toEqual(['b']);
    await batch.end('b');
    expect([...batch.running.keys()]).toEqual(['c']);
  });

  it('forgets a call that gives up waiting', async () => {
    const batch = watched({ ...greedy, slots: 1 });
    for (const name of ['a', 'b', 'c']) batch.offer(name, 10);
    await settle();
    await batch.end('b');
    await batch.end('a');
    expect(batch.admitted).toEqual(['a', 'c']);
  });
});

it('a static batch admits nobody until all of it has ended', async () => {
  const batch = watched({ ...greedy, repack: false });
  for (const name of ['a', 'b', 'c', 'd', 'e']) batch.offer(name, 10);
  await settle();
  await batch.end('a');
  expect(batch.admitted).toEqual(['a', 'b']);
  await batch.end('b');
  expect(batch.admitted).toEqual(['a', 'b', 'c', 'd']);
});

describe('longest first', () => {
  it('admits by buckets of powers of two, in order of arrival within one', async () => {
    const batch = watched({ ...greedy, slots: 1, rule: sorted(99) });
    batch.offerAll({ a: 60, b: 130, c: 200, d: 10 });
    await settle();
    for (const name of ['b', 'c', 'a']) await batch.end(name);
    expect(batch.admitted).toEqual(['b', 'c', 'a', 'd']);
  });

  it('takes a shorter one where the longest has no room', async () => {
    const batch = watched({ ...greedy, rule: sorted(99) });
    batch.offerAll({ a: 900, b: 800, c: 90 });
    await settle();
    expect(batch.admitted).toEqual(['a', 'c']);
    expect(batch.tickets.get('b')?.overtaken).toBe(1);
  });

  it('knows buckets by their upper edges', () => {
    expect([1, 2, 3, 4, 5, 128, 129].map((length) => bucketOf(length))).toEqual([0, 1, 2, 2, 3, 7, 8]);
    expect([1, 100, 101, 500, 501].map((length) => bucketOf(length, [100, 500]))).toEqual([0, 0, 1, 1, 2]);
  });

  /** How many longer calls go first while one more arrives with every admission. */
  async function overtakers(patience: number, limit: number): Promise<number> {
    const batch = watched({ ...greedy, slots: 1, rule: sorted(patience) });
    batch.offer('short', 1);
    batch.offer('long 0', 64);
    await settle();
    for (let at = 1; at < limit && !batch.admitted.includes('short'); at++) {
      batch.offer(`long ${at}`, 64);
      await batch.end(batch.admitted.at(-1) as string);
    }
    return batch.admitted.includes('short') ? batch.admitted.indexOf('short') : limit;
  }

  it('starves nobody: the shortest waits for `patience` others, without patience for ever', async () => {
    expect(await overtakers(5, 100)).toBe(5);
    expect(await overtakers(0, 100)).toBe(0);
    expect(await overtakers(Number.POSITIVE_INFINITY, 100)).toBe(100);
  });
});

/** A run of arrivals and endings: an arrival's tokens, or the place of a running call that ends. */
const events = fc.array(
  fc.oneof(
    fc.record({ tokens: fc.integer({ min: 1, max: 1200 }) }),
    fc.record({ end: fc.nat(20) }),
    fc.record({ leave: fc.nat(20) }),
  ),
  { maxLength: 60 },
);

/** Plays events and ends all calls; what is wrong, if anything. */
async function complaint(options: AdmissionOptions, played: readonly object[], patience: number) {
  const batch = watched(options);
  const left = new Set<string>();
  let arrivals = 0;
  const check = () => {
    if (batch.running.size > options.slots) return `${batch.running.size} calls run`;
    if (batch.running.size > 1 && batch.tokens() > options.maxTokens) return `${batch.tokens()} tokens run`;
    const waiting = arrivals - batch.admitted.length - left.size;
    if (waiting > 0 && batch.running.size === 0) return 'calls wait for nothing';
    return undefined;
  };
  const endOne = async (place: number) => {
    const names = [...batch.running.keys()];
    if (names.length > 0) await batch.end(names[place % names.length] as string);
  };
  for (const event of played as { tokens?: number; end?: number; leave?: number }[]) {
    if (event.tokens !== undefined) batch.offer(`${arrivals++}`, event.tokens);
    if (event.end !== undefined) await endOne(event.end);
    if (event.leave !== undefined) {
      const waiting = [...batch.tickets.keys()].filter((name) => !batch.admitted.includes(name) && !left.has(name));
      const name = waiting[event.leave % Math.max(1, waiting.length)];
      if (name) {
        left.add(name);
        await batch.end(name);
      }
    }
    await settle();
    const wrong = check();
    if (wrong) return wrong;
  }
  for (let at = 0; batch.running.size > 0; at++) await endOne(at);
  if (batch.admitted.length + left.size !== arrivals) return 'a call was never admitted';
  const most = Math.max(0, ...[...batch.tickets.values()].map(({ overtaken }) => overtaken));
  return most > patience ? `a call was overtaken ${most} times` : undefined;
}

describe('under any arrivals and endings', () => {
  const limits = { slots: fc.integer({ min: 1, max: 5 }), maxTokens: fc.integer({ min: 1, max: 2000 }) };
  const arbitrary = fc.record({ ...limits, repack: fc.boolean(), patience: fc.integer({ min: 0, max: 4 }) });

  it('slots and tokens are never exceeded, all are admitted, nobody is overtaken more often than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.boolean(), events, async ({ patience, ...limits }, isSorted, played) => {
        const rule = isSorted ? sorted(patience) : firstCome;
        expect(await complaint({ ...limits, rule }, played, isSorted ? patience : 0)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it.each<[string, Partial<AdmissionOptions>]>([
    ['ignores the budget', { rule: ([first]) => first }],
    ['never ages', { slots: 1, rule: sorted(Number.POSITIVE_INFINITY) }],
  ])('the same check fails a rule that %s', async (_, broken) => {
    const arrivals = Array.from({ length: 12 }, (_, at) => ({ tokens: at === 1 ? 1 : 600 }));
    const played = [...arrivals, ...arrivals.map(() => ({ end: 0 }))];
    expect(await complaint({ ...greedy, ...broken }, played, 4)).toBeDefined();
    expect(await complaint({ ...greedy, ...broken, rule: sorted(4) }, played, 4)).toBeUndefined();
  });
});
