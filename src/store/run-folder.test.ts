import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder, trialOf } from '../../test/crash/folder.ts';
import { toyConfig, toyJobs, toyPolicy } from '../../test/crash/toy.ts';
import type { BlockRecord } from '../core/index.ts';
import { readJobs } from './jobs-file.ts';
import { readRun } from './read-run.ts';
import { openRunFolder, type RunFolderOptions } from './run-folder.ts';

const facts = { versions: { ttcbench: '1.0.0' }, hardware: { cores: 2 }, model: { name: 'digits' }, checks: {} };
const jobs = toyJobs(3, [toyPolicy('baseline'), toyPolicy('other')]);
const samples = ['s0', 's1', 's2'].map((id) => ({ id, benchmark: 'toy', prompt: `say ${id}`, reference: id }));
const options = (changes: Partial<RunFolderOptions> = {}): RunFolderOptions => ({
  ...{ id: 'abc', config: toyConfig(), jobs, samples, facts, durability: 'process' },
  ...changes,
});
const block: BlockRecord = {
  ...{ schema: 1, block: 'toy/baseline/0', cell: jobs[0]!.cell, trials: 1, planned: 1 },
  ...{ started_at: '2026-01-01T00:00:00.000Z', makespan_ms: 5, completion_tokens: 4 },
  machine: { wall_seconds: 1, load: 0, cores: 2, core_use: 0, busy: 0, lag: { p50: 0, p99: 0, max: 0 } },
};

describe('a run folder', () => {
  it('holds its whole plan before the first trial', async () => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'runs', 'abc');
    await using folder = await openRunFolder(path, options());
    expect(folder.resumed).toBe(false);
    expect(readdirSync(path).sort()).toEqual(
      ['blocks.jsonl', 'jobs.jsonl', 'journal-main.jsonl', 'lock', 'run.json', 'samples.jsonl'].sort(),
    );
    expect(readJobs(join(path, 'jobs.jsonl'))).toEqual(jobs);
    const manifest = JSON.parse(readFileSync(join(path, 'run.json'), 'utf8'));
    expect(manifest).toMatchObject({ schema: 1, id: 'abc', config: toyConfig(), ...facts, sessions: [{}] });
  });

  it('is taken up by the same configuration, trials and all, and keeps a record of every session', async () => {
    using scratch = scratchFolder();
    const first = await openRunFolder(scratch.path, options());
    await first.journal.append(trialOf(jobs[0]!.key));
    await first.appendBlock(block);
    await first.endSession({ status: 'interrupted', doubts: ['a doubt'] });
    await first.close();
    const changed = { ...facts, versions: { ttcbench: '1.0.1' } };
    await using second = await openRunFolder(scratch.path, options({ facts: changed }));
    expect([second.resumed, second.journal.has(jobs[0]!.key), second.journal.size]).toEqual([true, true, 1]);
    expect(second.manifest.versions).toEqual(facts.versions);
    expect(second.manifest.sessions).toMatchObject([
      { status: 'interrupted', doubts: ['a doubt'], ended_at: expect.any(String) },
      { changed: ['versions.ttcbench'] },
    ]);
  });

  it('refuses another configuration and names every field that differs', async () => {
    using scratch = scratchFolder();
    await (await openRunFolder(scratch.path, options())).close();
    const before = readFileSync(join(scratch.path, 'run.json'), 'utf8');
    const config = toyConfig({ temperature: 1, benchmarks: [{ ...toyConfig().benchmarks[0]!, samples: 5 }] });
    await expect(openRunFolder(scratch.path, options({ config }))).rejects.toMatchObject({
      code: 'E_PLAN',
      message: expect.stringMatching(
        /another benchmarks\.[\w-]+\.samples \(not set then, 5 now\), temperature \(0 then, 1 now\)/,
      ),
    });
    expect(readFileSync(join(scratch.path, 'run.json'), 'utf8')).toBe(before);
    // The refusal gave the lock back.
    await (await openRunFolder(scratch.path, options())).close();
  });

  it('refuses an equal configuration with other trials, and says what changed', async () => {
    using scratch = scratchFolder();
    await (await openRunFolder(scratch.path, options())).close();
    const others = jobs.map((job, index) => (index < 2 ? { ...job, key: `new ${index}` } : job));
    const changed = { ...facts, model: { name: 'another' } };
    await expect(openRunFolder(scratch.path, options({ jobs: others, facts: changed }))).rejects.toThrow(
      /2 of 6 trials are not in it; these differ: model.name/,
    );
    await expect(openRunFolder(scratch.path, options({ jobs: jobs.slice(1) }))).rejects.toMatchObject({
      code: 'E_PLAN',
    });
  });

  it('is refused to a second writer, and free after the first has closed', async () => {
    using scratch = scratchFolder();
    const first = await openRunFolder(scratch.path, options());
    await expect(openRunFolder(scratch.path, options())).rejects.toMatchObject({ code: 'E_LOCKED' });
    await first.close();
    await (await openRunFolder(scratch.path, options())).close();
  });

  it('is created anew where its creation was interrupted', async () => {
    using scratch = scratchFolder();
    writeFileSync(join(scratch.path, 'samples.jsonl'), '{"id":"old"}\n');
    writeFileSync(join(scratch.path, 'jobs.jsonl.tmp-12'), '{"key":');
    await using folder = await openRunFolder(scratch.path, options());
    expect([folder.resumed, readRun(scratch.path).samples.length]).toEqual([false, 3]);
  });

  it.each([
    ['a folder with other files', 'thesis.tex', /holds thesis.tex/],
    ['journals without their run.json', 'journal-main.jsonl', /holds journal-main.jsonl/],
  ])('does not settle in %s', async (_, name, message) => {
    using scratch = scratchFolder();
    writeFileSync(join(scratch.path, name), 'x');
    await expect(openRunFolder(scratch.path, options())).rejects.toThrow(message);
    expect(readdirSync(scratch.path)).toEqual([name]);
  });

  it('refuses a file, a damaged run.json, one of a later version, and an empty plan', async () => {
    using scratch = scratchFolder();
    const file = join(scratch.path, 'file');
    writeFileSync(file, '');
    await expect(openRunFolder(file, options())).rejects.toMatchObject({ code: 'E_ARGUMENT' });
    const path = join(scratch.path, 'run');
    mkdirSync(path);
    writeFileSync(join(path, 'run.json'), '{"schema": 1, "con');
    await expect(openRunFolder(path, options())).rejects.toMatchObject({ code: 'E_JOURNAL' });
    writeFileSync(join(path, 'run.json'), '{"schema": 2, "config": {}}');
    await expect(openRunFolder(path, options())).rejects.toThrow(/schema 2/);
    await expect(openRunFolder(join(scratch.path, 'none'), options({ jobs: [] }))).rejects.toMatchObject({
      code: 'E_PLAN',
    });
    expect(existsSync(join(scratch.path, 'none'))).toBe(false);
  });
});

describe('a file of jobs', () => {
  it.each([
    ['no JSON', 'x', /:2: no JSON/],
    ['a missing field', JSON.stringify({ ...jobs[1], seed: undefined }), /:2 is no job: seed/],
    ['a wrong cell', JSON.stringify({ ...jobs[1], cell: { ...jobs[1]!.cell, model: 5 } }), /cell.model/],
    ['a repeated key', JSON.stringify(jobs[0]), /:2 repeats the key/],
  ])('with %s is refused, naming the line', (_, line, message) => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'jobs.jsonl');
    writeFileSync(path, `${JSON.stringify(jobs[0])}\n${line}`);
    expect(() => readJobs(path)).toThrow(message);
  });

  it('needs no newline at its end, but a line', () => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'jobs.jsonl');
    writeFileSync(path, jobs.map((job) => JSON.stringify(job)).join('\n'));
    expect(readJobs(path)).toEqual(jobs);
    writeFileSync(path, '\n');
    expect(() => readJobs(path)).toThrow(/holds no jobs/);
    expect(() => readJobs(join(scratch.path, 'nowhere'))).toThrow(/there is no file/);
  });
});

describe('a run that is read', () => {
  it('gives what was written, also while it is being written', async () => {
    using scratch = scratchFolder();
    await using folder = await openRunFolder(scratch.path, options());
    await folder.journal.append(trialOf(jobs[0]!.key));
    await folder.appendBlock(block);
    appendFileSync(join(scratch.path, 'journal-main.jsonl'), '{"half": ');
    const run = readRun(scratch.path);
    expect(run).toMatchObject({ samples, manifest: { id: 'abc' } });
    expect(run.plan.trials).toBe(jobs.length);
    expect(run.plan.cells.map(({ cell }) => cell.policy_name).sort()).toEqual(['baseline', 'other']);
    expect(run.blocks).toMatchObject([{ block: block.block, policy_name: block.cell.policy_name, makespan_ms: 5 }]);
    expect([...run.trials()]).toEqual([trialOf(jobs[0]!.key)]);
    expect([...run.trials()]).toHaveLength(1);
    expect(run.damage()).toEqual([]);
  });

  it('is what can be read of a damaged one, and names the damage', async () => {
    using scratch = scratchFolder();
    const folder = await openRunFolder(scratch.path, options());
    await folder.journal.append(trialOf(jobs[0]!.key));
    await folder.close();
    for (const name of ['jobs', 'samples', 'blocks', 'journal-main'])
      appendFileSync(join(scratch.path, `${name}.jsonl`), '{"damaged": true}\nnonsense\n');
    writeFileSync(join(scratch.path, 'run.json'), '{');
    const run = readRun(scratch.path);
    expect([run.plan.trials, run.samples.length, [...run.trials()].length]).toEqual([6, 3, 1]);
    expect(run).not.toHaveProperty('manifest');
    expect(run.damage()).toHaveLength(5);
    expect(run.damage().join()).toMatch(/run.json is damaged.*2 lines of a journal.*samples.*jobs.*blocks/);
    rmSync(join(scratch.path, 'run.json'));
    expect(readRun(scratch.path).damage()).toContain('run.json is missing');
  });

  it('must be there', () => {
    using scratch = scratchFolder();
    expect(() => readRun(join(scratch.path, 'nowhere'))).toThrow(/there is no run folder/);
    expect(() => readRun(scratch.path)).toThrow(/holds no run/);
  });
});
