/** The short form of `test/crash/publish.test.ts`. */
import { expect, it } from 'vitest';
import { killPublishers } from './support/kill-publishers.ts';

it('no row is lost and none is there twice where writers of Parquet are killed with -9', async () => {
  const { killed, keysAtKills, keysAtEnd, journal } = await killPublishers(3, 2);
  expect(killed).toBe(3);
  for (const keys of keysAtKills) expect(new Set(keys).size).toBe(keys?.length ?? 0);
  expect(keysAtEnd.sort()).toEqual([...journal].sort());
}, 120_000);
