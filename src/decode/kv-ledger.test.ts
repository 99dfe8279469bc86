import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKvLedger } from './kv-ledger.ts';

const range = (count: number) => Array.from({ length: count }, (_, at) => at);

/** A ledger with positions 0 … and their worth, per head. */
function filled(...heads: number[][]) {
  const ledger = createKvLedger(heads.length);
  for (const position of range(heads[0]?.length ?? 0)) ledger.append(position);
  ledger.add(heads.flat());
  return ledger;
}

describe('createKvLedger', () => {
  it('lets the least worthy go, per head, and fills the holes from the end', () => {
    const ledger = filled([9, 5, 1, 8, 2, 7, 3, 9], [9, 1, 8, 2, 8, 3, 8, 9]);
    const lists = ledger.evict(5, { sinks: 1, recent: 1 });
    // Head 0 loses positions 2, 4, 6; head 1 loses 1, 3, 5.
    expect([...ledger.positions(0)].sort()).toEqual([0, 1, 3, 5, 7]);
    expect([...ledger.positions(1)].sort()).toEqual([0, 2, 4, 6, 7]);
    expect(lists?.map((list) => [...list])).toEqual([
      [0, 1, 7, 3, 5],
      [0, 7, 2, 6, 4],
    ]);
    expect([...ledger.positions(0)]).toEqual([0, 1, 7, 3, 5]);
    expect([...ledger.worth(0)]).toEqual([9, 5, 9, 8, 7]);
  });

  it('protects sinks and recent tokens even where they are worth nothing', () => {
    const ledger = filled([0, 0, 5, 6, 7, 0, 0]);
    ledger.evict(5, { sinks: 2, recent: 2 });
    expect([...ledger.positions(0)].sort()).toEqual([0, 1, 4, 5, 6]);
  });

  it('lets the oldest go among equals', () => {
    const ledger = filled([1, 1, 1, 1, 1, 1]);
    ledger.evict(4, { sinks: 1, recent: 1 });
    expect([...ledger.positions(0)].sort()).toEqual([0, 3, 4, 5]);
  });

  it('adds worth by slot, not by position, once slots were reused', () => {
    const ledger = filled([9, 1, 5, 9]);
    ledger.evict(3, { sinks: 1, recent: 1 });
    expect([...ledger.positions(0)]).toEqual([0, 3, 2]);
    ledger.append(4);
    ledger.add([0, 0, 10, 1]);
    expect([...ledger.worth(0)]).toEqual([9, 9, 15, 1]);
    expect(ledger.evict(4, { sinks: 1, recent: 1 })).toBeUndefined();
  });

  it('adds worth from a slot on', () => {
    const ledger = filled([1, 1], [2, 2]);
    ledger.append(2);
    ledger.add([7, 8], 2);
    expect([[...ledger.worth(0)], [...ledger.worth(1)]]).toEqual([
      [1, 1, 7],
      [2, 2, 8],
    ]);
  });

  it('keeps, whatever happens, what sorting all by worth would keep, and lists that can be moved in place', () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.array(fc.nat(9), { minLength: 40, maxLength: 40 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(steps, fc.nat(3), fc.integer({ min: 1, max: 4 }), (rounds, sinks, recent) => {
        const ledger = createKvLedger(1);
        // The model: position → worth of what is held; cache: what lies in each slot.
        let held = new Map<number, number>();
        let cache: number[] = [];
        let next = 0;
        for (const [fresh, worth] of rounds) {
          for (let i = 0; i <= fresh; i++) {
            held.set(next, 0);
            cache.push(next);
            ledger.append(next++);
          }
          const given = cache.map((_, slot) => worth[slot % 40] as number);
          ledger.add(given);
          cache.forEach((position, slot) => {
            held.set(position, (held.get(position) as number) + (given[slot] as number));
          });
          const budget = Math.max(sinks + recent + 1, Math.ceil(next * 0.6));
          const list = ledger.evict(budget, { sinks, recent })?.[0];
          const safe = ([position]: [number, number]) => position < sinks || position >= next - recent;
          const entries = [...held].sort(([a], [b]) => a - b);
          const open = entries.filter((entry) => !safe(entry)).sort((a, b) => b[1] - a[1] || b[0] - a[0]);
          const count = Math.min(budget, held.size) - entries.filter(safe).length;
          held = new Map([...entries.filter(safe), ...open.slice(0, count)]);
          if (list) {
            list.forEach((slot, at) => {
              expect(slot).toBeGreaterThanOrEqual(at);
            });
            cache = Array.from(list, (slot) => cache[slot] as number);
          }
          expect(cache).toEqual([...ledger.positions(0)]);
          expect(new Set(cache)).toEqual(new Set(held.keys()));
          expect(ledger.length).toBeLessThanOrEqual(budget);
        }
      }),
    );
  });
});
