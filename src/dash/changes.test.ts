/** What changes something: metrics that are saved, runs that are started; and expressions of hostile readers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDash } from '../../test/support/open-dash.ts';
import { exportTables, openTables, reportExpression, reportOn } from '../ttcbench/index.ts';
import { startDash } from './index.ts';

type Opened = Awaited<ReturnType<typeof openDash>>;
let home: Opened['home'];
let ask: Opened['ask'];
let read: Opened['read'];
let post: Opened['post'];
let folderOf: Opened['folder'];
let close: Opened['close'];

beforeAll(async () => {
  ({ home, ask, read, post, folder: folderOf, close } = await openDash());
});
afterAll(() => close());

describe('metrics that are made up in the page', () => {
  const metric = (expression: string, more = '') =>
    ask(`/api/metric?run=whole&expression=${encodeURIComponent(expression)}${more}`);

  it('has the numbers that the report has with the same file', async () => {
    const options = { expression: 'if(reward > 0.5, generation_time / completion_tokens, counter_passes)', unit: 'ms' };
    expect((await post('/api/metrics', { name: 'made_of_columns', ...options, better: 'less' })).status).toBe(200);
    expect(JSON.parse(readFileSync(join(home, 'own.json'), 'utf8'))).toEqual({
      made_of_columns: { ...options, better: 'less' },
    });
    const listed = await read('/api/metrics?run=whole');
    expect(listed.saved).toEqual([{ name: 'made_of_columns', ...options, better: 'less' }]);
    expect(listed.file).toBe('own.json');
    const folder = folderOf('whole');
    using tables = await openTables([folder]);
    const asked = { name: 'made_of_columns', options: { ...options, better: 'less' }, within: 60_000 } as never;
    const { report: fast } = await reportExpression(tables.connection, folder, asked);
    const report = await reportOn(folder, { metrics: [join(home, 'own.json')] });
    const numbers = (of: typeof report) =>
      of.cells.map(({ policy_name, metrics, vs_baseline }) => [
        ...[policy_name, metrics.made_of_columns ?? null, vs_baseline.made_of_columns ?? null],
      ]);
    expect(numbers(report).filter(([, spread]) => spread !== null).length).toBeGreaterThan(3);
    expect(numbers(fast)).toEqual(numbers(report));
    const page = JSON.parse((await metric(options.expression, '&unit=ms&better=less')).text);
    const row = page.tables[0].rows.find(({ policy }: { policy: string }) => policy === 'early_exit_28');
    const cell = report.cells.find(({ policy_name }) => policy_name === 'early_exit_28');
    expect(row.texts[1]).toBe(String(cell?.metrics.made_of_columns?.n));
    expect(row.texts.at(-1)).toContain(cell?.vs_baseline.made_of_columns?.ratio.mean?.toFixed(2));
    const out = join(home, 'own.csv');
    await exportTables([folder], { format: 'csv', out, metrics: [join(home, 'own.json')] });
    expect(readFileSync(out, 'utf8')).toContain('made_of_columns');
  });

  it('compares nothing while a run goes on', async () => {
    const { text } = await ask('/api/metric?run=growing&expression=generation_time');
    expect(JSON.parse(text).tables[0].rows.length).toBeGreaterThan(2);
    expect(text).not.toMatch(/better"|worse"|too few samples|no difference/);
  });

  it.each([
    ["read_text('/etc/passwd')", /character 11/],
    ['1; DROP VIEW trials', /character 2/],
    ['(SELECT 1)', /expected \)/],
    ['repeat(1, 2000000000)', /no function repeat/],
    ['range(1000000000)', /no function range/],
    ['getenv(1)', /no function getenv/],
    ['constructor', /no column constructor/],
    ['__proto__', /no column __proto__/],
    ['toString()', /no function toString/],
    ['process.exit', /character 8/],
    ['import(1)', /no function import/],
    ['"trial_key"', /character 1/],
    ['error_message', /no column error_message/],
    ['answer', /no column answer/],
    ['generation_time -- comment', /no column comment/],
    ['generation_time /* x */', /expected a number/],
    ['x := 1', /character 3/],
    [`${'('.repeat(300)}1`, /too deeply/],
    ['9'.repeat(399), /no number/],
    ['\u202egeneration_time', /character 1/],
    ['$trial', /character 1/],
  ])('refuses %s', async (expression, words) => {
    const [answer, page] = await Promise.all([metric(expression), ask('/api/runs')]);
    expect([answer.status, page.status]).toEqual([400, 200]);
    expect(JSON.parse(answer.text).error).toMatch(words);
    expect(answer.text).not.toContain(home);
  });

  it('refuses an expression that is too long, and units that there are not', async () => {
    expect((await metric('1+'.repeat(250))).status).toBe(400);
    expect((await metric('1', '&unit=furlong')).status).toBe(400);
  });
});

describe('requests that change something', () => {
  const good = { name: 'twice', expression: '2 * generation_time' };
  const kept = () => readFileSync(join(home, 'own.json'), 'utf8');

  it.each([
    ['no Origin', good, { Origin: '' }, 403, /Origin/],
    ['the Origin of another page', good, { Origin: 'https://evil.example' }, 403, /Origin/],
    ['the Origin null', good, { Origin: 'null' }, 403, /Origin/],
    ['another Host', good, { Host: 'evil.example', Origin: 'http://evil.example' }, 403, /rebinding/],
    ['no token', good, { 'X-TTCBench-Page': '' }, 403, /load it again/],
    ['a token that was not given', good, { 'X-TTCBench-Page': '0'.repeat(48) }, 403, /load it again/],
    ['the type of a form', good, { 'Content-Type': 'text/plain' }, 415, /content-type/],
    ['a body that is too large', { ...good, about: 'x'.repeat(20_000) }, {}, 413, /larger/],
    ['a body that is no JSON', '{', {}, 400, /JSON/],
    ['a field that is not known', { ...good, path: '/etc/passwd' }, {}, 400, /path/],
    ['a name that is a path', { ...good, name: '../evil' }, {}, 400, /name/],
    ['a name that is taken', { ...good, name: 'generation_time' }, {}, 400, /already/],
    ['an expression that is none', { ...good, expression: '1 +' }, {}, 400, /the end/],
    ['a list in place of an object', [good], {}, 400, /body|expected/],
  ] as [string, unknown, Record<string, string>, number, RegExp][])(
    'refuses %s',
    async (_what, body, headers, status, words) => {
      const file = kept();
      const answer = await post('/api/metrics', body, headers);
      expect([answer.status, JSON.parse(answer.text).error]).toEqual([status, expect.stringMatching(words)]);
      expect(kept()).toBe(file);
    },
  );

  it('starts no run unless it was allowed to', async () => {
    const asked = { policies: ['early_exit_28'], benchmark: 'tiny-crm', model: 'tiny8', samples: 2 };
    for (const path of ['/api/forecast', '/api/start'])
      expect(JSON.parse((await post(path, asked)).text).error).toMatch(/--allow-runs/);
    expect((await read('/api/start')).isAllowed).toBe(false);
    expect((await post('/api/cancel', {})).status).toBe(409);
  });

  it('starts nothing but names that the registries list', async () => {
    const open = await startDash({ roots: [join(home, 'runs')], port: 0, allowRuns: true });
    const good = { policies: ['early_exit_28'], benchmark: 'tiny-crm', model: 'tiny8', samples: 2 };
    const hostile: [Record<string, unknown>, RegExp][] = [
      [{ policies: ['./mine.mjs'] }, /policies/],
      [{ policies: ['--config'] }, /policies/],
      [{ policies: [] }, /policies/],
      [{ policies: ['early_exit_28; rm -rf /'] }, /policies/],
      [{ benchmark: '/etc/passwd' }, /benchmark/],
      [{ benchmark: 'crmarena' }, /benchmark/],
      [{ model: '../../model.gguf' }, /model/],
      // A sentence encoder writes no text.
      [{ model: 'minilm' }, /model/],
      [{ model: 'http://evil.example/model' }, /model/],
      [{ samples: 0 }, /samples/],
      [{ samples: '2 --all' }, /samples/],
      [{ out: '/elsewhere' }, /out/],
      [{ backend: 'groq' }, /backend/],
    ];
    try {
      for (const [change, words] of hostile)
        for (const path of ['/api/forecast', '/api/start']) {
          const answer = await post(path, { ...good, ...change }, {}, open.url);
          expect([answer.status, JSON.parse(answer.text).error]).toEqual([400, expect.stringMatching(words)]);
        }
      const foreign = await post('/api/start', good, { Origin: 'https://evil.example' }, open.url);
      expect(foreign.status).toBe(403);
      const { started, isAllowed, models } = JSON.parse((await ask('/api/start', {}, 'GET', open.url)).text);
      expect([started, isAllowed]).toEqual([null, true]);
      expect(models).toContain('tiny8');
      expect(models).not.toContain('minilm');
    } finally {
      await open.close();
    }
  });
});
