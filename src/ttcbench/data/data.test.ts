import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { builtBenchmarks, dataSources, findBenchmark } from '../../benchmarks/index.ts';
import { checkData } from './check-data.ts';
import { makeData } from './make-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const fresh = () => join(folder, `set-${made++}`);
const fixture = (name: string) => fileURLToPath(new URL(`../../benchmarks/${name}/rows.fixture.json`, import.meta.url));
const written = (content: string) => {
  const file = join(folder, `file-${made++}`);
  writeFileSync(file, content);
  return file;
};

describe('data make', () => {
  it.each(['extract', 'tiny-crm', 'crm-synth', 'worf-synth'])(
    'writes %s so that it can be checked and played as a file',
    async (name) => {
      const out = fresh();
      const manifest = await makeData(name, { out, samples: 12, version: '0' });
      const bytes = readFileSync(join(out, 'samples.jsonl'));
      expect(manifest).toMatchObject({ benchmark: name, samples: 12, licence: 'MIT', ttcbench: '0' });
      expect(manifest.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))).toEqual(manifest);
      expect(await checkData(out)).toEqual({ path: out, as: 'made', rows: 12, problems: [] });
      const own = await findBenchmark(join(out, 'samples.jsonl'));
      expect(own.scores[0]).toBe('exact_match');
    },
  );

  it('gives the same bytes for the same seed, and others for another', async () => {
    const sum = async (options: Record<string, unknown>) =>
      (await makeData('worf-synth', { out: fresh(), samples: 40, options, version: '0' })).sha256;
    const first = await sum({ seed: 3 });
    expect(await sum({ seed: 3 })).toBe(first);
    expect(await sum({ seed: 4 })).not.toBe(first);
    expect(await sum({ seed: 3, level: 2 })).not.toBe(first);
  });

  it('writes over nothing, and makes no data that belong to others or that a file cannot hold', async () => {
    const out = fresh();
    await makeData('extract', { out, samples: 1, version: '0' });
    const again = makeData('extract', { out, samples: 1, version: '0' });
    await expect(again).rejects.toMatchObject({ code: 'E_ARGUMENT', message: expect.stringContaining('not empty') });
    for (const name of ['crmarena', 'worfbench'])
      await expect(makeData(name, { out: fresh(), version: '0' })).rejects.toMatchObject({ code: 'E_BENCHMARK' });
    const agents = makeData('crm-synth', { out: fresh(), options: { level: 3, mode: 'agent' }, version: '0' });
    await expect(agents).rejects.toMatchObject({ message: expect.stringContaining('for agents') });
    const wrong = makeData('crm-synth', { out: fresh(), options: { levle: 3 }, version: '0' });
    await expect(wrong).rejects.toMatchObject({ code: 'E_BENCHMARK' });
  });
});

describe('data check', () => {
  it('sees a changed set', async () => {
    const out = fresh();
    await makeData('extract', { out, samples: 3, version: '0' });
    appendFileSync(join(out, 'samples.jsonl'), '{"id": "more", "prompt": "p", "reference": "r"}\n');
    const { problems } = await checkData(out);
    expect(problems).toEqual([
      expect.stringContaining('SHA-256 is not the one'),
      expect.stringContaining('4 samples, and manifest.json says 3'),
    ]);
    writeFileSync(join(out, 'manifest.json'), '{"file": "../../secret"}');
    await expect(checkData(out)).rejects.toMatchObject({ code: 'E_DATA' });
  });

  it('says of a file of the user`s own what is wrong, line by line', async () => {
    const file = written(
      '{"id": "1", "prompt": "p", "reference": "r"}\n{"id": "1", "prompt": "p", "reference": "r"}\n\nx\n{"id": "4", "prmpt": "p"}',
    );
    const { as, rows, problems } = await checkData(file);
    expect([as, rows]).toEqual(['own', 1]);
    expect(problems.map((problem) => problem.replace(file, 'F'))).toEqual([
      'F, line 2: the id 1 was used on line 1 already',
      expect.stringMatching(/^F, line 4: not JSON/),
      expect.stringMatching(/^F, line 5: unknown field "prmpt".*prompt/),
    ]);
  });

  it('tells CRMArena and WorfBench by their fields, and goes on after a fault', async () => {
    expect(await checkData(fixture('crmarena'))).toMatchObject({ as: 'crmarena', rows: 7, problems: [] });
    const whole = await checkData(fixture('worfbench'));
    expect(whole).toMatchObject({ as: 'worfbench', problems: [] });
    const rows = JSON.parse(readFileSync(fixture('worfbench'), 'utf8')) as object[];
    const broken = written(JSON.stringify([{ id: 'x', conversations: [] }, ...rows, rows[0], 7]));
    const { rows: playable, problems } = await checkData(broken, 'worfbench');
    expect([playable, problems.length]).toEqual([whole.rows, 3]);
    const arena = mkdtempSync(join(folder, 'arena-'));
    copyFileSync(fixture('crmarena'), join(arena, 'rows.json'));
    writeFileSync(join(arena, 'org.db'), 'no database');
    expect(await checkData(arena)).toMatchObject({
      rows: 7,
      problems: [expect.stringContaining('no SQLite database')],
    });
  });

  it('stops looking in a file that is wrong throughout', async () => {
    const { problems } = await checkData(written('x\n'.repeat(5000)));
    expect(problems).toHaveLength(1000);
  });

  it('cannot read what is not there', async () => {
    await expect(checkData(join(folder, 'absent'))).rejects.toMatchObject({ code: 'E_DATA' });
  });
});

describe('data ls', () => {
  const page = readFileSync(new URL('../../../docs/data-sources.md', import.meta.url), 'utf8');
  it.each(dataSources.map((source) => [source.name, source] as const))(
    '%s stands on the page of licences',
    (name, { licence, from }) => {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
      expect(row).toContain(licence);
      expect(row).toContain({ shipped: 'shipped', made: 'made from a seed', loaded: 'only loaded' }[from]);
    },
  );

  it('has every benchmark that there is', () => {
    expect(dataSources.map(({ name }) => name).sort()).toEqual(
      [...builtBenchmarks.map(({ name }) => name), './FILE.jsonl'].sort(),
    );
  });
});
