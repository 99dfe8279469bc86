/** Parts of a run: what the page says of them is what a report says of a run that holds nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeUpSamples, madeUpTrials } from '../../test/support/made-up-run.ts';
import { runFolderOf } from '../../test/support/run-folder-of.ts';
import { reportOn } from '../ttcbench/index.ts';
import { type RunningDash, startDash } from './index.ts';

const familyOf = (id: string) => (Number(id.slice(1)) % 3 === 0 ? 'left' : 'right');
const samples = madeUpSamples().map((sample) => ({
  ...sample,
  benchmark: 'tiny-crm',
  family: familyOf(sample.id),
}));
const ofModel = (model: string) =>
  madeUpTrials().map((trial) => ({
    ...trial,
    key: `${trial.key}-${model}`,
    cell: { ...trial.cell, benchmark: 'tiny-crm', model },
  }));
const trials = [...ofModel('small'), ...ofModel('large')];
type Trials = typeof trials;

let home: string;
let dash: RunningDash;
/** Without a kept socket that the server may just have closed. */
const ask = (path: string) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = get(new URL(path, dash.url), { agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
  });
const read = async (path: string) => {
  const { status, text } = await ask(path);
  return { status, body: JSON.parse(text) };
};
const folderOf = (name: string, own: Trials) => runFolderOf(join(home, name), { trials: own, samples } as never);
/** Without what says which folder it is. */
const numbers = ({ run: _, ...report }: Record<string, unknown>) => JSON.parse(JSON.stringify(report));

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'ttcbench-filters-'));
  await folderOf('runs/all', trials);
  dash = await startDash({ roots: [join(home, 'runs')], port: 0 });
});
afterAll(async () => {
  await dash.close();
  rmSync(home, { recursive: true, force: true });
});

describe('a part of a run', () => {
  it.each(['left', 'right'])('has every number of the report of a run with this family alone: %s', async (family) => {
    const own = trials.filter(({ sample }) => familyOf(sample) === family);
    const wanted = await reportOn(await folderOf(`only-${family}`, own));
    const { body } = await read(`/api/report?run=all&family=${family}`);
    expect(body.cells.length).toBeGreaterThan(6);
    expect(body.cells[0].trials).toBeLessThan(madeUpSamples().length);
    expect(numbers(body)).toEqual(numbers(wanted as never));
    const { body: page } = await read(`/api/page?run=all&family=${family}`);
    expect([page.family, page.families, page.played]).toEqual([family, ['left', 'right'], own.length]);
    expect(page.groups.flatMap(({ decisions }: { decisions: string[] }) => decisions)).toEqual([]);
  });

  it('is refused where there is no such family', async () => {
    expect((await read('/api/page?run=all&family=__proto__')).status).toBe(404);
  });

  it('is named by the page where there is something to choose', async () => {
    const { body } = await read('/api/page?run=all');
    expect([body.models, body.backends, body.statuses]).toEqual([
      ['small', 'large'],
      [trials[0]?.cell.backend],
      ['ok', 'failed', 'unsupported'],
    ]);
    expect(body.groups.map(({ model }: { model: string }) => model)).toEqual(['small', 'large']);
  });

  it('has its trials, and its numbers as a file', async () => {
    const own = trials.filter(({ sample, cell }) => familyOf(sample) === 'left' && cell.model === 'large');
    const asked = 'run=all&family=left&model=large';
    expect((await read(`/api/trials?${asked}`)).body.total).toBe(own.length);
    expect((await read(`/api/trials?${asked}&backend=another`)).body.total).toBe(0);
    const { text } = await ask(`/api/export?${asked}&table=numbers&format=csv`);
    const lines = text.trimEnd().split('\r\n');
    const at = lines[0]?.split(',').indexOf('model') ?? -1;
    expect(new Set(lines.slice(1).map((line) => line.split(',')[at]))).toEqual(new Set(['large']));
    const metric = await read('/api/metric?run=all&family=left&expression=generation_time');
    const table = metric.body.tables.find(({ model }: { model: string }) => model === 'large');
    const base = own.filter(({ cell, status }) => cell.policy_name === 'baseline' && status === 'ok');
    expect(table.rows.find(({ policy }: { policy: string }) => policy === 'baseline').texts[1]).toBe(
      String(base.length),
    );
  });

  it('may be a range of one number, both ends included, sorted and by pages', async () => {
    const all = (await read('/api/trials?run=all&limit=1000')).body.rows;
    const times = all.flatMap(({ generation_time: time }: { generation_time: number | null }) => time ?? []);
    const [least, most] = [20, 60].map((at) => times.toSorted((a: number, b: number) => a - b)[at]);
    const asked = `/api/trials?run=all&range=generation_time&least=${least}&most=${most}&sort=generation_time`;
    const { total, rows } = (await read(`${asked}&limit=1000`)).body;
    const wanted = times
      .filter((time: number) => time >= least && time <= most)
      .toSorted((a: number, b: number) => a - b);
    expect(wanted.length).toBeGreaterThan(40);
    expect(total).toBe(wanted.length);
    expect(rows.map((row: { generation_time: number }) => row.generation_time)).toEqual(wanted);
    const pages = await Promise.all([0, 30].map((offset) => read(`${asked}&limit=30&offset=${offset}`)));
    expect(pages.flatMap(({ body }) => body.rows)).toEqual(rows.slice(0, 60));
    const { text } = await ask(
      `/api/export?run=all&table=trials&format=csv&range=generation_time&least=${least}&most=${most}`,
    );
    expect(text.trimEnd().split('\r\n')).toHaveLength(1 + wanted.length);
    for (const wrong of ['range=seed', 'least=1e5', 'least=1;', 'most=x'])
      expect((await read(`/api/trials?run=all&range=reward&${wrong}`)).status).toBe(400);
  });
});
