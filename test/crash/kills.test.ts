import { expect, it } from 'vitest';
import { killsOf } from './kills.ts';

/** `KILLS=20` plays the long form: twenty in each of the two. */
const kills = Number(process.env.KILLS ?? 3);

it.each([
  ['policies of ours', false, 21],
  ['a policy of the user’s own that computes for ever', true, 22],
])(
  'a run with %s whose processes are killed at random moments loses no trial, plays none twice and leaves no process',
  async (_, loops, seed) => {
    const report = await killsOf({ seed, kills, loops });
    console.log(JSON.stringify({ ...report, stderr: undefined }));
    expect(report.parents, 'the kills came too late').toBeGreaterThan(0);
    expect(report.engines, 'few kills met the engine').toBeGreaterThan(0);
    expect(report, report.stderr).toMatchObject({ lost: 0, twice: 0, orphans: 0, code: loops ? 3 : 0 });
  },
  1_200_000,
);
