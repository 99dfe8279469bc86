import { expect, it } from 'vitest';
import { toyConfig, toyGenerate, toyJobs, toyPolicy, toyRun, turnOfLoop } from '../../test/crash/toy.ts';
import type { Generate, Job } from '../core/index.ts';

const policies = ['baseline', 'other'].map((name) => toyPolicy(name, { realisation: 'client' }));

it('a conversation is over with the last of its trials that are on their way, whatever became of them', async () => {
  const ended: string[] = [];
  const early: string[] = [];
  const { outcome, journal } = toyRun(toyJobs(5, policies), {
    config: toyConfig({ concurrency: 10 }),
    endConversation: (id) => ended.push(id),
    // The one fails at once, the other goes on until that is over and done with.
    cells: (job: Job): Generate =>
      async function* (call, context) {
        if (job.cell.policy_name === 'baseline') throw new Error('down');
        const isOver = () => journal.lines.some(({ sample, status }) => sample === job.sample && status === 'failed');
        while (!isOver()) await turnOfLoop();
        if (ended.includes(call.conversation!.id)) early.push(call.conversation!.id);
        yield* toyGenerate(call, context);
      },
  });
  expect(await outcome()).toMatchObject({ progress: { done: 10, failed: 5 } });
  expect(early).toEqual([]);
  expect(ended.sort()).toEqual([0, 1, 2, 3, 4].map((n) => `toy/s${n}/0`));
});
