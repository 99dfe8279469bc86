/** The dashboard's server, asked as programs and hostile pages would. Over 400 lines because all of it asks one server of one set of runs. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeUpSamples, madeUpTrials } from '../../test/support/made-up-run.ts';
import { appendTrials, runFolderOf } from '../../test/support/run-folder-of.ts';
import { compareFolders, exportTables, reportOn } from '../ttcbench/index.ts';
import { type RunningDash, startDash } from './index.ts';
import { pageStyle } from './page-style.ts';

let home: string;
let dash: RunningDash;

/** Its headline score is the one that these trials have. */
const benchmark = 'tiny-crm';
const trials = madeUpTrials().map((trial) => ({ ...trial, cell: { ...trial.cell, benchmark } }));
const samples = madeUpSamples().map((sample) => ({ ...sample, benchmark }));
const rows = { trials, samples } as Parameters<typeof runFolderOf>[1];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'ttcbench-dash-'));
  await runFolderOf(join(home, 'runs', 'whole'), rows);
  await runFolderOf(join(home, 'runs', 'growing'), {
    ...rows,
    trials: trials.slice(0, 60),
    manifest: { sessions: [{ started_at: '2026-01-01T00:00:00.000Z' }] },
  });
  const slower = trials.map((trial) => ({
    ...trial,
    turns: trial.turns.map((turn) => ({ ...turn, end: 2 * turn.end })),
  }));
  await runFolderOf(join(home, 'runs', 'slower'), { ...rows, trials: slower as typeof trials });
  await runFolderOf(join(home, 'secret', 'run'), rows);
  symlinkSync(join(home, 'secret', 'run'), join(home, 'runs', 'link-out'));
  mkdirSync(join(home, 'runs', 'no-run'));
  writeFileSync(join(home, 'secret.txt'), 'secret');
  dash = await startDash({ roots: [join(home, 'runs')], port: 0, metrics: join(home, 'own.json') });
});
afterAll(async () => {
  await dash.close();
  rmSync(home, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** As it stands: no client that mends paths or refuses headers. */
function ask(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  url = dash.url,
  body = '',
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, setHost: headers.Host === undefined }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    sent.on('error', reject).end(body);
  });
}
const read = async (path: string) => JSON.parse((await ask(path)).text);

const crossSite = { 'Sec-Fetch-Site': 'cross-site' };

describe('hostile requests', () => {
  it.each([
    ['a Host of another name (DNS rebinding)', '/api/runs', { Host: 'evil.example:8501' }, 403, /rebinding/],
    ['a Host that begins like ours', '/api/runs', { Host: '127.0.0.1.evil.example' }, 403, /Host/],
    ['a Host that ends like ours', '/', { Host: 'evil-localhost' }, 403, /Host/],
    ['an address of the local network as Host', '/api/runs', { Host: '192.168.1.7' }, 403, /Host/],
    ['the Host 0.0.0.0, which some systems take for themselves', '/api/runs', { Host: '0.0.0.0' }, 403, /Host/],
    ['the Origin of another page', '/api/runs', { Origin: 'https://evil.example' }, 403, /Origin/],
    ['the Origin null, of sandboxed pages and files', '/events?run=whole', { Origin: 'null' }, 403, /Origin/],
    ['the Origin of another port of this machine', '/api/runs', { Origin: 'http://127.0.0.1:1' }, 403, /Origin/],
    [
      'a request that another page makes',
      '/api/report?run=whole',
      { 'Sec-Fetch-Site': 'cross-site' },
      403,
      /Sec-Fetch/,
    ],
    ['a path out of the folder as a run', '/api/report?run=../secret/run', {}, 404, /run/],
    ['the same with encoded dots', '/api/report?run=%2e%2e%2fsecret%2frun', {}, 404, /run/],
    ['an absolute path as a run', '/api/report?run=/etc', {}, 404, /run/],
    ['a link that leads out of the folder', '/api/report?run=link-out', {}, 404, /run/],
    ['a name with a zero byte', '/api/report?run=whole%00', {}, 404, /run/],
    ['a script out of its folder', '/page/..%2f..%2fcore%2findex.js', {}, 404, /no such page|script/],
    ['a path of dots', '/page/../../../package.json', {}, 404, /no such page/],
    ['a parameter that is not known', '/api/runs?verbose=1', {}, 400, /verbose/],
    ['a parameter of another route', '/api/report?run=whole&key=x', {}, 400, /key/],
    ['a parameter twice', '/api/report?run=whole&run=growing', {}, 400, /more than once/],
    ['no run', '/api/report', {}, 400, /run/],
    ['an empty run', '/api/report?run=', {}, 400, /run/],
    ['a run with too long a name', `/api/report?run=${'x'.repeat(500)}`, {}, 400, /run/],
    ['a query that is too long', `/api/trials?run=whole&policy=${'x'.repeat(9000)}`, {}, 414, /longer/],
    ['more policies than any run has', `/api/trials?run=whole${'&policy=x'.repeat(65)}`, {}, 400, /policy/],
    ['a status that there is not', '/api/trials?run=whole&status=good', {}, 400, /status/],
    ['SQL as a column to sort by', '/api/trials?run=whole&sort=1;DROP%20VIEW%20trials', {}, 400, /sort/],
    ['a limit below zero', '/api/trials?run=whole&limit=-1', {}, 400, /limit/],
    ['a limit beyond all', '/api/trials?run=whole&limit=1000000', {}, 400, /limit/],
    ['a key that there is not', '/api/trial?run=whole&key=__proto__', {}, 404, /key/],
    ['a run against itself', '/api/compare?run=whole&with=whole', {}, 400, /itself/],
    ['a comparison with a path', '/api/compare?run=whole&with=../secret/run', {}, 404, /run/],
    ['a comparison of one policy', '/api/compare?run=whole&policy=baseline', {}, 400, /two policies/],
    ['a comparison with a policy that nobody played', '/api/compare?run=whole&policy=baseline&policy=x', {}, 400, /x/],
    ['a comparison while trials come in', '/api/compare?run=whole&with=growing', {}, 409, /not complete/],
    ['an export of another page', '/api/export?run=whole&table=trials&format=csv', crossSite, 403, /Sec-Fetch/],
    [
      'an export of a table that there is not',
      '/api/export?run=whole&table=sqlite_master&format=csv',
      {},
      400,
      /table/,
    ],
    [
      'an export of a group that there is not',
      '/api/export?run=whole&table=times&group=9&format=csv',
      {},
      404,
      /table/,
    ],
    [
      'an export to a file format that there is not',
      '/api/export?run=whole&table=trials&format=exe',
      {},
      400,
      /format/,
    ],
    ['a table as a picture', '/api/export?run=whole&table=trials&format=png', {}, 400, /format/],
    ['a chart as a table', '/api/chart?run=whole&chart=pareto&group=0&format=csv', {}, 400, /format/],
    ['a path as a chart', '/api/chart?run=whole&chart=../../secret&group=0&format=svg', {}, 404, /chart/],
    ['a theme that there is not', '/api/chart?run=whole&chart=pareto&group=0&format=svg&theme=x', {}, 400, /theme/],
  ] as [string, string, Record<string, string>, number, RegExp][])(
    'refuses %s',
    async (_what, path, headers, status, words) => {
      const answer = await ask(path, headers);
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.text).error).toMatch(words);
      expect(answer.text).not.toContain(home);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('refuses %s', async (method) => {
    expect((await ask('/api/runs', {}, method)).status).toBe(405);
  });

  it('refuses headers of 20 kB', async () => {
    expect((await ask('/api/runs', { 'X-Long': 'x'.repeat(20_000) })).status).toBe(431);
  });

  it('answers its own page by each name of this machine', async () => {
    const { host, port } = new URL(dash.url);
    for (const name of [host, `localhost:${port}`, `[::1]:${port}`])
      expect((await ask('/api/runs', { Host: name, Origin: `http://${name}` })).status).toBe(200);
  });

  it('binds what it is asked: SQL in a filter finds nothing and breaks nothing', async () => {
    const evil = encodeURIComponent("x') OR 1=1; DROP VIEW trials; --");
    expect((await read(`/api/trials?run=whole&policy=${evil}`)).total).toBe(0);
    expect((await read('/api/trials?run=whole')).total).toBe(trials.length);
  });

  it('sends a policy that forbids scripts in the page, and no such script', async () => {
    const { headers, text } = await ask('/');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(text.replace(/<script type="module" src="\/page\/dash.js"><\/script>/, '')).not.toMatch(
      /<script|\son\w+=|style=/,
    );
    expect(pageStyle).not.toContain('url(');
  });

  it('keeps at most 50 streams', async () => {
    const { hostname, port } = new URL(dash.url);
    const open = () =>
      new Promise<IncomingMessage>((resolve, reject) =>
        request({ hostname, port, path: '/events?run=whole' }, resolve).on('error', reject).end(),
      );
    const streams = await Promise.all(Array.from({ length: 50 }, open));
    expect(streams.map(({ statusCode }) => statusCode)).toEqual(streams.map(() => 200));
    const refused = await open();
    expect(refused.statusCode).toBe(503);
    for (const stream of [...streams, refused]) stream.destroy();
    await expect
      .poll(async () => {
        const again = await open();
        again.destroy();
        return again.statusCode;
      })
      .toBe(200);
  });
});

describe('a server that others can reach', () => {
  it('answers nothing without its token, and gives a browser its cookie for the address with it', async () => {
    const open = await startDash({ roots: [join(home, 'runs')], port: 0, host: '0.0.0.0' });
    try {
      const token = new URL(open.url).searchParams.get('token') ?? '';
      expect(token).toMatch(/^[0-9a-f]{48}$/);
      const status = async (path: string, headers = {}) => (await ask(path, headers, 'GET', open.url)).status;
      expect(await status('/')).toBe(401);
      expect(await status('/api/runs', { Cookie: 'ttcbench_dash=wrong' })).toBe(401);
      expect(await status(`/api/runs?token=${token}`)).toBe(401);
      expect(await status('/?token=wrong')).toBe(401);
      const { headers, status: moved } = await ask(`/?token=${token}`, {}, 'GET', open.url);
      expect([moved, headers.location]).toEqual([303, '/']);
      expect(headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict/);
      const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
      expect(await status('/api/runs', { Cookie: cookie })).toBe(200);
      expect(await status('/api/runs', { Authorization: `Bearer ${token}` })).toBe(200);
      expect(await status('/api/runs', { Cookie: cookie, Origin: 'http://evil.example' })).toBe(403);
    } finally {
      await open.close();
    }
  });
});

describe('what it says of runs', () => {
  it('lists the runs below the folders that were named, and nothing else', async () => {
    const { runs } = await read('/api/runs');
    expect(runs.map(({ name }: { name: string }) => name)).toEqual(['growing', 'slower', 'whole']);
  });

  it('gives the report that `report --json` gives, number by number', async () => {
    const folder = join(home, 'runs', 'whole');
    const report = JSON.parse(JSON.stringify(await reportOn(folder)));
    expect(report.cells.length).toBeGreaterThan(4);
    expect(report.decisions.length).toBeGreaterThan(0);
    expect(await read('/api/report?run=whole')).toEqual(report);
  });

  it('shows the sentences of the report, and its numbers in the table', async () => {
    const report = await read('/api/report?run=whole');
    const page = await read('/api/page?run=whole');
    expect(page.groups[0].decisions).toEqual(report.decisions.map(({ text }: { text: string }) => text));
    const [table] = page.groups[0].tables;
    const at = (title: string) => table.columns.findIndex((one: { title: string }) => one.title === title);
    const row = table.rows.find(({ policy }: { policy: string }) => policy === 'early_exit_28');
    const cell = report.cells.find((one: { policy_name: string }) => one.policy_name === 'early_exit_28');
    expect(row.texts[at('time ×')]).toContain(cell.vs_baseline.generation_time.ratio.mean.toFixed(2));
    expect(row.texts[at('n')]).toBe(String(cell.trials));
    expect(page.groups[0].charts.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['pareto', 'latency']),
    );
  });

  it('judges nothing while a run is not complete', async () => {
    const page = await read('/api/page?run=growing');
    expect([page.isComplete, page.played]).toEqual([false, 60]);
    expect(page.groups[0].tables[0].rows.length).toBeGreaterThan(2);
    expect(JSON.stringify([page.groups, page.overall])).not.toMatch(/better|worse|too few samples|unclear/);
    expect(page.groups[0].decisions).toEqual([]);
    expect(JSON.stringify((await read('/api/page?run=whole')).groups)).toMatch(/better/);
  });

  it('filters, sorts and pages trials as the journal has them', async () => {
    const of = (name: string) => trials.filter(({ cell }) => cell.policy_name === name);
    const { total, rows } = await read('/api/trials?run=whole&policy=baseline&policy=early_exit_28&limit=1000');
    expect(total).toBe(of('baseline').length + of('early_exit_28').length);
    expect(new Set(rows.map(({ trial_key }: { trial_key: string }) => trial_key)).size).toBe(total);
    const failed = await read('/api/trials?run=whole&status=failed');
    expect(failed.total).toBe(trials.filter(({ status }) => status === 'failed').length);
    const slowest = await read('/api/trials?run=whole&sort=generation_time&order=desc&limit=3');
    const times = slowest.rows.map((row: { generation_time: number }) => row.generation_time);
    expect(times).toEqual(times.toSorted((a: number, b: number) => b - a));
    const next = await read('/api/trials?run=whole&sort=generation_time&order=desc&limit=2&offset=1');
    expect(next.rows[0]).toEqual(slowest.rows[1]);
  });

  it('shows a trial beside the baseline of its sample, and where the answers part', async () => {
    const trial = trials.find(
      ({ cell, answer, sample }) =>
        cell.policy_name === 'early_exit_28' &&
        answer &&
        trials.some(
          (one) => one.cell.policy_name === 'baseline' && one.sample === sample && one.answer?.text !== answer.text,
        ),
    );
    const baseline = trials.find(({ cell, sample }) => cell.policy_name === 'baseline' && sample === trial?.sample);
    const page = await read(`/api/trial?run=whole&key=${trial?.key}`);
    expect([page.trial.key, page.baseline.key]).toEqual([trial?.key, baseline?.key]);
    const [mine, theirs] = [trial?.answer?.text ?? '', baseline?.answer?.text ?? ''];
    expect(mine.slice(0, page.difference)).toBe(theirs.slice(0, page.difference));
    expect(mine[page.difference]).not.toBe(theirs[page.difference]);
    expect(page.trial.turns[0].parts.map(({ at }: { at: number }) => at)).toEqual(trial?.turns[0]?.at);
    expect((await read(`/api/trial?run=whole&key=${baseline?.key}`)).baseline).toBeNull();
  });

  it('says that rows changed when another process appends, and then counts them', async () => {
    const { hostname, port } = new URL(dash.url);
    const stream = await new Promise<IncomingMessage>((resolve, reject) =>
      request({ hostname, port, path: '/events?run=growing' }, resolve).on('error', reject).end(),
    );
    let heard = '';
    stream.setEncoding('utf8').on('data', (piece) => {
      heard += piece;
    });
    await expect.poll(() => heard).toContain('retry');
    expect(heard).not.toContain('event: rows');
    appendTrials(join(home, 'runs', 'growing'), trials.slice(60, 70));
    await expect.poll(() => heard, { timeout: 20_000 }).toContain('event: rows');
    stream.destroy();
    expect((await read('/api/page?run=growing')).played).toBe(70);
    expect((await read('/api/trials?run=growing')).total).toBe(70);
  });
});

describe('exports', () => {
  const lines = (text: string) => text.replace('\ufeff', '').trimEnd().split('\r\n');

  it('gives the table of the page word for word, filtered and sorted as it is', async () => {
    const page = await read('/api/page?run=whole');
    const [table] = page.groups[0].tables;
    const titles: string[] = table.columns.map(({ title }: { title: string }) => title);
    const { text, headers } = await ask('/api/export?run=whole&table=policies&group=0&format=csv');
    expect(headers['content-disposition']).toBe('attachment; filename="whole-policies.csv"');
    expect(lines(text)[0]).toBe(titles.join(','));
    expect(lines(text).slice(1)).toHaveLength(table.rows.length);
    const column = encodeURIComponent('time ×');
    const sorted = await ask(`/api/export?run=whole&table=policies&group=0&format=csv&column=${column}&order=asc`);
    expect(lines(sorted.text)[1]).toMatch(/^speculative_decoding,/);
    const one = await ask('/api/export?run=whole&table=policies&group=0&format=csv&policy=early_exit_28');
    expect(
      lines(one.text)
        .slice(1)
        .map((line) => line.split(',')[0]),
    ).toEqual(['early_exit_28']);
  });

  it("gives the report's numbers, each as `report --json` has it", async () => {
    const report = await reportOn(join(home, 'runs', 'whole'));
    const [head, ...rows] = lines((await ask('/api/export?run=whole&table=numbers&format=csv')).text).map((line) =>
      line.split(','),
    );
    const at = (name: string) => head?.indexOf(name) ?? -1;
    const found = new Map(rows.map((row) => [`${row[at('policy_name')]} ${row[at('metric')]}`, row]));
    let checked = 0;
    for (const { policy_name, metrics, vs_baseline } of report.cells)
      for (const [name, { mean, p50 }] of Object.entries(metrics)) {
        const row = found.get(`${policy_name} ${name}`) ?? [];
        expect([row[at('mean')], row[at('p50')]]).toEqual([String(mean), p50 === null ? '' : String(p50)]);
        const versus = vs_baseline[name];
        if (versus?.ratio.mean != null) expect(row[at('ratio')]).toBe(String(versus.ratio.mean));
        if (versus) expect(row[at('verdict')]).toBe(versus.verdict);
        checked++;
      }
    expect(checked).toBeGreaterThan(50);
    // A run that goes on has none.
    const growing = lines((await ask('/api/export?run=growing&table=numbers&format=csv')).text);
    expect(growing.length).toBeGreaterThan(10);
    const verdicts = growing.slice(1).map((line) => line.split(',')[at('verdict')]);
    expect(new Set(verdicts)).toEqual(new Set(['']));
  });

  it('gives the trials that the filters let through, as `export` writes them', async () => {
    const out = join(home, 'trials.csv');
    await exportTables([join(home, 'runs', 'whole')], { format: 'csv', out });
    const folder = join(home, 'runs', 'whole');
    const all = lines(readFileSync(out, 'utf8').replaceAll(folder, 'whole'));
    const { text } = await ask('/api/export?run=whole&table=trials&format=csv');
    expect(lines(text).toSorted()).toEqual(all.toSorted());
    expect(text).not.toContain(home);
    const failed = lines((await ask('/api/export?run=whole&table=trials&format=csv&status=failed')).text);
    expect(failed).toHaveLength(1 + trials.filter(({ status }) => status === 'failed').length);
    const evil = encodeURIComponent("x') OR 1=1; DROP VIEW trials; --");
    expect(lines((await ask(`/api/export?run=whole&table=trials&format=csv&policy=${evil}`)).text)).toHaveLength(1);
  });

  it('draws a chart of the page as the report does', async () => {
    const { text, headers } = await ask('/api/chart?run=whole&chart=pareto&group=0&format=svg');
    expect(headers['content-type']).toMatch(/^image\/svg\+xml/);
    expect(text).toMatch(/^<svg.*early_exit_28.*<\/svg>$/s);
    const one = await ask('/api/chart?run=whole&chart=pareto&group=0&format=svg&policy=baseline');
    expect(one.text).not.toContain('early_exit_28');
    expect((await ask('/api/chart?run=whole&chart=pareto&group=0&format=png')).text).toMatch(/^.PNG/);
  });
});

describe('comparisons', () => {
  const folder = (name: string) => join(home, 'runs', name);

  it('holds a run against another as `compare` does, number by number', async () => {
    const { runs } = await compareFolders([folder('whole'), folder('slower')]);
    const page = await read('/api/compare?run=whole&with=slower');
    const cells = runs[0]?.cells ?? [];
    expect(page.title).toBe('slower against whole');
    expect(page.rows).toHaveLength(cells.flatMap(({ metrics }) => Object.keys(metrics)).length);
    const row = page.rows.find(
      ({ texts }: { texts: string[] }) => texts[0] === 'baseline' && texts[2] === 'generation_time',
    );
    const ratio = cells.find(({ policy_name }) => policy_name === 'baseline')?.metrics.generation_time?.ratio;
    expect(ratio?.mean).toBeCloseTo(2, 10);
    expect(row.texts[5]).toBe(`${ratio?.mean?.toFixed(2)}× [${ratio?.low?.toFixed(2)}, ${ratio?.high?.toFixed(2)}]`);
    const { text } = await ask('/api/export?run=whole&with=slower&table=compared&format=csv');
    expect(text.split('\r\n')).toHaveLength(page.rows.length + 2);
    expect(text).not.toContain(home);
  });

  it('holds a policy against another of the run: against the baseline it is what the report says', async () => {
    const report = await reportOn(folder('whole'));
    const { comparePoliciesOf } = await import('../ttcbench/index.ts');
    const { cells } = await comparePoliciesOf(folder('whole'), 'baseline', 'early_exit_28');
    const versus = report.cells.find(({ policy_name }) => policy_name === 'early_exit_28')?.vs_baseline ?? {};
    const metrics = Object.entries(cells[0]?.metrics ?? {});
    expect(metrics.length).toBeGreaterThan(4);
    for (const [name, { ratio, difference, n }] of metrics)
      expect([name, ratio, difference, n]).toEqual([
        name,
        versus[name]?.ratio,
        versus[name]?.difference,
        versus[name]?.n,
      ]);
    const page = await read('/api/compare?run=whole&policy=baseline&policy=early_exit_28');
    expect(page.title).toBe('early_exit_28 against baseline');
    expect(page.rows).toHaveLength(metrics.length);
    const turned = await comparePoliciesOf(folder('whole'), 'early_exit_28', 'baseline');
    const [there, back] = [cells, turned.cells].map((list) => list[0]?.metrics.generation_time?.ratio.mean ?? 0);
    expect((there ?? 0) * (back ?? 0)).toBeCloseTo(1, 10);
  });
});

/** As the page posts: its token, its origin, JSON. */
async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  url = dash.url,
): Promise<Answer> {
  const { text } = await ask('/', {}, 'GET', url);
  const token = /name="page-token" content="([0-9a-f]{48})"/.exec(text)?.[1] ?? '';
  const own = { Origin: new URL(url).origin, 'Content-Type': 'application/json', 'X-TTCBench-Page': token, ...headers };
  const kept = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== ''));
  return ask(path, kept, 'POST', url, typeof body === 'string' ? body : JSON.stringify(body));
}

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
    const folder = join(home, 'runs', 'whole');
    const { openTables, reportExpression } = await import('../ttcbench/index.ts');
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
});
