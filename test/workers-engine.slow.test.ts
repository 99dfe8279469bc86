/** `--workers` on the engine: the same answers and counters as one engine gives. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { availableCores, type Trial } from '../src/core/index.ts';
import { readManifest } from '../src/store/manifest.ts';
import { indexJournals, linesOf, trialsOf } from '../src/store/read-journals.ts';
import { loadConfig, type RunEvent, reportOn, startRun } from '../src/ttcbench/index.ts';
import { howMany } from '../src/ttcbench/open-lanes.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-workers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const policies = ['speculative_decoding', 'early_exit_32'];
async function play(out: string, workers: number) {
  const folder = join(scratch, out);
  const settings = { policies, benchmarks: ['tiny-crm'], model: 'tiny8', samples: 6, workers, max_tokens: 16 };
  const resolved = await loadConfig({ settings: { ...settings, out: folder }, env: {}, folder: scratch });
  const notes: string[] = [];
  const events: RunEvent[] = [];
  const result = await startRun({
    ...{ resolved, report: 'folder' as const },
    onNote: (note) => notes.push(note),
    onEvent: (event) => events.push(event),
  });
  return { folder, result, notes, events };
}

/** What is no time, and no matter of what this process computed before. */
const counted = ({ counters: { sums, tallies } }: Trial) => ({
  tallies,
  sums: Object.fromEntries(Object.entries(sums).filter(([name]) => !/_ms$|^graph/.test(name))),
});
const played = (folder: string) =>
  Object.fromEntries(
    [...trialsOf(indexJournals(folder))].map((trial) => [
      trial.key,
      { status: trial.status, answer: trial.answer, ids: trial.turns.map(({ ids }) => ids), ...counted(trial) },
    ]),
  );

describe('workers on the engine', () => {
  it.skipIf(availableCores() < 2)(
    'answer and count as one does, and the run says what its times are worth',
    async () => {
      const [one, two] = [await play('one', 1), await play('two', 2)];
      for (const { folder, result } of [one, two]) {
        expect([...linesOf(folder)].flatMap(({ error }) => error ?? [])).toEqual([]);
        expect(result).toMatchObject({ status: 'complete', exitCode: 0 });
      }
      expect(Object.keys(played(two.folder))).toHaveLength(4 * 6);
      expect(played(two.folder)).toEqual(played(one.folder));
      expect([...linesOf(two.folder)]).toHaveLength(4 * 6);

      expect(two.notes).toContainEqual(expect.stringMatching(/^2 engines work side by side: .* wall times are not/));
      expect(one.notes.join()).not.toMatch(/side by side/);
      expect(readManifest(join(two.folder, 'run.json'))?.sessions[0]?.workers).toEqual({ engines: 2 });
      const notesOf = async (folder: string) => (await reportOn(folder, { write: false })).run.notes ?? [];
      expect(await notesOf(two.folder)).toContainEqual(expect.stringMatching(/^2 engines worked side by side/));
      expect((await notesOf(one.folder)).join()).not.toMatch(/side by side/);

      // A trial of another sample began while one was under way.
      const open = new Set<string>();
      const most = two.events.reduce((most, event) => {
        if (event.type === 'begin') open.add(event.jobs[0]?.block ?? '');
        if (event.type === 'block') open.delete(event.block.block);
        return Math.max(most, open.size);
      }, 0);
      expect(most).toBe(2);
    },
  );

  it('are no more than the cores carry, nor than there are groups of samples', () => {
    const machine = { threads: 1, cores: 4, groups: 100 };
    expect(howMany(4, machine)).toEqual({ count: 4 });
    expect(howMany(5, machine)).toEqual({
      count: 4,
      reason: 'workers 5: this process may use 4 cores and an engine takes 1 thread, so 4 work',
    });
    expect(howMany(4, { ...machine, threads: 3 })).toEqual({
      count: 1,
      reason: 'workers 4: this process may use 4 cores and an engine takes 3 threads, so one engine works',
    });
    expect(howMany(4, { ...machine, groups: 2 }).reason).toMatch(/the plan has 2 groups of samples/);
  });
});
