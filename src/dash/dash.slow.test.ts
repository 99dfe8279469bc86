/** The dashboard's server, asked as programs and hostile pages would. */
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCurve, openDash, trials } from '../../test/support/open-dash.ts';
import { appendTrials } from '../../test/support/run-folder-of.ts';
import { loadCharts } from '../report/index.ts';
import { reportOn } from '../ttcbench/index.ts';
import { startDash } from './index.ts';
import { pageStyle } from './page-style.ts';

type Opened = Awaited<ReturnType<typeof openDash>>;
let home: Opened['home'];
let dash: Opened['dash'];
let ask: Opened['ask'];
let read: Opened['read'];
let close: Opened['close'];

beforeAll(async () => {
  ({ home, dash, ask, read, close } = await openDash());
});
afterAll(() => close());

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

  it('filters trials by the day they began', async () => {
    const began = trials.map(({ turns }) => turns[0]?.started_at?.slice(0, 10));
    const days = began.filter((day) => day !== undefined).toSorted();
    const total = async (query: string) => (await read(`/api/trials?run=whole&${query}`)).total;
    expect(await total(`from=${days[0]}&to=${days.at(-1)}`)).toBe(days.length);
    expect(await total(`to=${days[0]}`)).toBe(days.filter((day) => day === days[0]).length);
    expect(await total('to=2000-01-01')).toBe(0);
    expect(await total('from=2100-01-01')).toBe(0);
    expect((await ask('/api/trials?run=whole&from=2026-02-30')).status).toBe(400);
    expect((await ask("/api/trials?run=whole&from=2026-01-01'--")).status).toBe(400);
  });

  it('shows a sweep over a load as its report does, and no folder as one that is none', async () => {
    expect((await read('/api/runs')).loads).toEqual(['loads']);
    const page = await read('/api/load?load=loads');
    expect(page.charts).toEqual(JSON.parse(JSON.stringify(loadCharts(loadCurve as never))));
    expect(page.table.rows).toHaveLength(2);
    expect(page.table.rows.map(({ texts }: { texts: string[] }) => texts.includes('720'))).toEqual([false, true]);
    expect((await ask('/api/load-chart?load=loads&chart=load&format=svg')).text).toContain('<svg');
    for (const name of ['whole', '../secret', 'no-run']) expect((await ask(`/api/load?load=${name}`)).status).toBe(404);
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
