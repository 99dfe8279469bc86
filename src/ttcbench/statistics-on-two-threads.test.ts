import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../report/index.ts';
import { baselineName } from '../rows/index.ts';
import { collectRun } from './collect-run.ts';
import { knownOnTwoThreads } from './statistics-on-two-threads.ts';

const kept = join(import.meta.dirname, '..', '..', 'test', 'old-run-folder', 'engine');

describe('statistics on two threads', () => {
  it('give the report of one thread, and leave nothing of a policy to compute', async () => {
    const input = await collectRun(kept);
    const shared = await knownOnTwoThreads(input, 0);
    const cells = input.collected.groups.flatMap((group) => group.cells).filter(({ isTogether }) => !isTogether);
    const policies = cells.filter(({ cell }) => cell.policy_name !== baselineName);
    expect(policies.length).toBeGreaterThan(1);
    const missing = () => {
      throw new Error('no other thread: npm run build');
    };
    for (const { cell } of policies)
      expect(shared.known?.('comparison', cell, 'generation_time', missing)).toMatchObject({ n: expect.any(Number) });
    expect(buildReport(shared)).toEqual(buildReport(input));
  });
});
