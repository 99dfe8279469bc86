import { expect, it } from 'vitest';
import { killPublishers } from '../support/kill-publishers.ts';

it('rows are published whole or not at all, whenever their writer is killed with -9', async () => {
  const kills = 20;
  const { killed, midway, keysAtKills, journalAtKills, keysAtEnd, journal } = await killPublishers(kills, 1);
  expect(killed).toBe(kills);
  expect(midway, 'no kill fell into a write').toBeGreaterThan(0);
  for (const [at, keys] of keysAtKills.entries()) {
    expect(new Set(keys).size).toBe(keys?.length ?? 0);
    const known = new Set(journalAtKills[at]);
    expect(keys?.filter((key) => !known.has(key)) ?? []).toEqual([]);
  }
  expect(keysAtEnd.sort()).toEqual([...journal].sort());
  console.log(`${killed} kills, ${midway} of them within a write`);
}, 300_000);
