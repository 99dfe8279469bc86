/** Orders of admission held to Graham's bounds, on jobs of known length and a clock of numbers. */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdmissionRule, createAdmission, firstCome, type Ticket } from './admission.ts';
import { longestFirst } from './sorted-admission.ts';

const edges = Array.from({ length: 12 }, (_, at) => at + 1);
const longest = longestFirst({ expected: ({ tokens }) => tokens, patience: Number.POSITIVE_INFINITY, edges });
const shortest: AdmissionRule = (waiting) => [...waiting].sort((a, b) => a.tokens - b.tokens)[0];

/** When the last of the jobs ends that are offered at once to so many slots. */
async function makespan(rule: AdmissionRule, jobs: readonly number[], slots: number): Promise<number> {
  const admission = createAdmission({ slots, maxTokens: 1e6, rule, repack: true });
  const running = new Map<Ticket, number>();
  let now = 0;
  for (const job of jobs) admission.join(job, (ticket) => running.set(ticket, now + job));
  await turn();
  await turn();
  while (running.size > 0) {
    now = Math.min(...running.values());
    for (const [ticket, end] of running) {
      if (end > now) continue;
      running.delete(ticket);
      admission.leave(ticket);
    }
    await turn();
    await turn();
  }
  return now;
}

/** The least makespan, by trying all. */
function best(jobs: readonly number[], loads: readonly number[]): number {
  const [job, ...others] = jobs;
  if (job === undefined) return Math.max(...loads);
  return Math.min(...loads.map((load, at) => best(others, loads.with(at, load + job))));
}

describe('longest first', () => {
  it.each([
    [[5, 5, 4, 4, 3, 3, 3], 15, 14],
    [[3, 3, 2, 2, 2], 7, 6],
  ])('of %j in two slots ends at %i, the best order at %i', async (jobs, longestEnd, bestEnd) => {
    expect(await makespan(longest, jobs, 2)).toBe(longestEnd);
    expect(best(jobs, [0, 0])).toBe(bestEnd);
  });
});

describe('Graham’s bounds', () => {
  const some = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 7 });
  const bounds = {
    arrival: (slots: number) => 2 - 1 / slots,
    longest: (slots: number) => 4 / 3 - 1 / (3 * slots),
  };

  it('hold for calls in order of arrival and for the longest first', async () => {
    await fc.assert(
      fc.asyncProperty(some, fc.integer({ min: 1, max: 4 }), async (jobs, slots) => {
        const least = best(jobs, new Array(slots).fill(0));
        expect(await makespan(firstCome, jobs, slots)).toBeLessThanOrEqual(bounds.arrival(slots) * least + 1e-9);
        expect(await makespan(longest, jobs, slots)).toBeLessThanOrEqual(bounds.longest(slots) * least + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('are missed by the shortest first', async () => {
    expect(await makespan(shortest, [1, 1, 2], 2)).toBeGreaterThan(bounds.longest(2) * best([1, 1, 2], [0, 0]));
  });
});
