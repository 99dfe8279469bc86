import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/index.ts';
import { openJournal } from '../../src/store/journal.ts';
import { readRun } from '../../src/store/read-run.ts';
import { readScores, withRescored } from '../../src/store/rescored.ts';
import { scratchFolder } from './folder.ts';
import { journalKeys, journalLines, killAndResume, plannedKeys, start, untilLines } from './kill-and-resume.ts';

const toyRun = join(import.meta.dirname, 'toy-run.mjs');
const command = (folder: string, options: object = {}) => [process.execPath, toyRun, folder, JSON.stringify(options)];
const answers = (folder: string) =>
  new Map([...readRun(folder).trials()].map((trial) => [trial.key, trial.answer?.text]));

describe('a run that is killed with -9 at any moment', () => {
  it.each([
    ['block by block', { realisation: 'engine' }, 1],
    ['block by block, at other moments', { realisation: 'engine' }, 2],
    ['with several trials in flight', { realisation: 'client' }, 3],
  ])('%s, is completed by the same command: every trial exactly once', async (_, options, seed) => {
    using scratch = scratchFolder();
    const folder = join(scratch.path, 'run');
    const report = await killAndResume(command(folder, options), folder, { seed, kills: 8, stride: 6 });
    expect(report.killed, 'the kills came too late').toBeGreaterThanOrEqual(6);
    expect(report).toMatchObject({ code: 0, stderr: '' });
    const planned = plannedKeys(folder);
    expect(planned).toHaveLength(80);
    expect(journalKeys(folder).sort()).toEqual([...planned].sort());

    const scores = readScores(folder);
    for (const trial of readRun(folder).trials())
      expect(withRescored(trial, scores).scores).toEqual({ length: trial.answer?.text.length });

    const final = new Set(journalLines(folder));
    for (const lines of report.linesAtKills) expect(lines.filter((line) => !final.has(line))).toEqual([]);
    for (const [index, printed] of report.printedAtKills.entries()) {
      const safe = new Set(report.linesAtKills[index]?.map((line) => JSON.parse(line).key));
      expect(printed.filter((key) => !safe.has(key))).toEqual([]);
    }
    expect(readdirSync(folder)).not.toContain('lock');
    const run = readRun(folder);
    expect([...run.trials()].length).toBeGreaterThan(0);
    expect(run.damage()).toEqual([]);
    const torn = join(folder, 'journal-main.jsonl.torn');
    console.log(`${report.killed} kills, ${existsSync(torn) ? readFileSync(torn).length : 0} torn bytes set aside`);
  });

  it('gives the same answers as one that was left alone', async () => {
    using scratch = scratchFolder();
    const [killed, calm] = [join(scratch.path, 'killed'), join(scratch.path, 'calm')];
    await killAndResume(command(killed), killed, { seed: 4, kills: 6, stride: 6 });
    expect(await start(command(calm)).ended).toMatchObject({ code: 0 });
    expect(answers(killed)).toEqual(answers(calm));
  });
});

/** Returns as soon as a file was seen to grow: in the middle of a large write, most likely. Gives up after a while. */
function untilGrowing(path: string): void {
  const { size } = statSync(path);
  const limit = performance.now() + 1000;
  while (statSync(path).size === size && performance.now() < limit);
}

describe('a journal whose writer is killed in the middle of large writes', () => {
  it('holds every trial that was reported safe, and nothing half', async () => {
    using scratch = scratchFolder();
    const random = createRandom(5);
    const safe: string[] = [];
    let torn = 0;
    for (let round = 0; round < 8; round++) {
      using writer = start([process.execPath, join(import.meta.dirname, 'toy-writer.mjs'), scratch.path]);
      const wanted = 8 + Math.floor(random() * 24);
      while (writer.lines().length < wanted && writer.child.exitCode === null) await setImmediate();
      untilGrowing(join(scratch.path, 'journal-main.jsonl'));
      writer.child.kill('SIGKILL');
      expect(await writer.ended).toMatchObject({ signal: 'SIGKILL' });
      safe.push(...writer.lines());
      await using journal = await openJournal(scratch.path);
      if (journal.torn > 0) torn++;
      expect(safe.filter((key) => !journal.has(key))).toEqual([]);
      expect(journal.bad).toBe(0);
      for (const trial of journal.trials()) expect(trial.answer?.text).toHaveLength(240_000);
    }
    expect(new Set(safe).size).toBe(safe.length);
    const note = `${torn} of 8 kills tore a write; ${safe.length} trials were reported safe`;
    if (torn === 0) console.warn(`${note}: torn tails were not tried this time`);
    else console.log(note);
  });
});

describe('a run that is interrupted by Ctrl-C', () => {
  it.each([
    ['between trials', {}],
    ['while a stream hangs that heeds nothing', { hangs: 's3' }],
    ['while one hangs among others', { hangs: 's3', realisation: 'client' }],
  ])('%s ends, keeps its finished trials, gives the lock back and can be completed', async (_, options) => {
    using scratch = scratchFolder();
    const folder = join(scratch.path, 'run');
    using run = start(command(folder, options));
    await untilLines(folder, 4, run);
    while ('hangs' in options && !run.stderr().includes('hanging')) await setImmediate();
    const sent = performance.now();
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 130 });
    console.log(`ended ${Math.round(performance.now() - sent)} ms after SIGINT`);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
    const kept = journalKeys(folder);
    expect(kept).toEqual(run.lines());
    expect(kept.length).toBeGreaterThan(4);
    expect(kept.length).toBeLessThan(80);
    expect(readRun(folder).manifest?.sessions).toMatchObject([{ status: 'interrupted' }]);
    expect(readFileSync(join(folder, 'journal-main.jsonl')).at(-1)).toBe(10);

    expect(await start(command(folder, { ...options, hangs: '' })).ended).toMatchObject({ code: 0 });
    expect(journalKeys(folder).sort()).toEqual(plannedKeys(folder).sort());
    expect(journalKeys(folder).slice(0, kept.length)).toEqual(kept);
  });
});

describe('a folder that is in use', () => {
  it('is refused to a second process, which leaves it alone', async () => {
    using scratch = scratchFolder();
    const folder = join(scratch.path, 'run');
    using first = start(command(folder, { hangs: 's3' }));
    await untilLines(folder, 4, first);
    using second = start(command(folder));
    expect(await second.ended).toMatchObject({ code: 1 });
    expect(second.stderr()).toMatch(new RegExp(`E_LOCKED: .*process ${first.child.pid}`));
    expect(existsSync(join(folder, 'lock'))).toBe(true);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await start(command(folder)).ended).toMatchObject({ code: 0 });
    expect(journalKeys(folder).sort()).toEqual(plannedKeys(folder).sort());
  });
});
