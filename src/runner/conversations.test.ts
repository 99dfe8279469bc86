import { expect, it } from 'vitest';
import { toyConfig, toyJobs, toyPolicy, toyRun } from '../../test/crash/toy.ts';
import type { Generate } from '../core/index.ts';

const policies = ['baseline', 'other'].map((name) => toyPolicy(name, { realisation: 'client' }));

it('a conversation is over with the last of its trials that are on their way, whatever became of them', async () => {
  const ended: string[] = [];
  const open = new Map<string, number>();
  const failing: Generate = async function* (call) {
    const id = call.conversation!.id;
    expect(ended).not.toContain(id);
    open.set(id, (open.get(id) ?? 0) + 1);
    // Until the other policy's trial of the sample is on its way, too.
    while (open.get(id)! < 2) await new Promise((resolve) => setImmediate(resolve));
    throw new Error('down');
  };
  const jobs = toyJobs(5, policies);
  const { outcome } = toyRun(jobs, {
    cells: () => failing,
    config: toyConfig({ concurrency: 10 }),
    endConversation: (id) => ended.push(id),
  });
  expect(await outcome()).toMatchObject({ progress: { failed: 10 } });
  expect(ended.sort()).toEqual([0, 1, 2, 3, 4].map((n) => `toy/s${n}/0`));
});
