/** The routes of the dashboard. All but four read; those ask for the token of a page that this server gave. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { plainJson, plainText, TtcError } from '../core/index.ts';
import { type RunView, readLoadCurve, viewRun } from '../ttcbench/index.ts';
import { createComparisons } from './compare-page.ts';
import { createCustomMetrics } from './custom-metrics.ts';
import { createEvents } from './events.ts';
import { chartFile, type Download, numbersTable, shownTable, tableFile, textTable } from './export-run.ts';
import { createTrialExports } from './export-trials.ts';
import { aboutRun, type FoundRun, findLoads, findRuns, isWhole, revisionOf } from './find-runs.ts';
import { createGuard, tokenCookie } from './guard.ts';
import { createRunTables } from './open-run-tables.ts';
import { pageHtml } from './page-html.ts';
import { pageLoad } from './page-load.ts';
import { pageRun } from './page-run.ts';
import { pageStyle } from './page-style.ts';
import { createPageTokens } from './page-tokens.ts';
import { type Query, readBody, readQuery } from './query.ts';
import { readTrial } from './read-trial.ts';
import { Refusal } from './refusal.ts';
import { createStartedRuns } from './started-run.ts';
import { createCache } from './view-cache.ts';

export interface AppOptions {
  /** Run folders, or folders that hold them. */
  roots: readonly string[];
  token: string | null;
  /** File of metrics that the page may add to. */
  metrics?: string | undefined;
  /** Whether the page may start runs. */
  allowRuns?: boolean | undefined;
}

type Served = { Bindings: HttpBindings };

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Of errors that are the asker's, or of the moment. */
const statusOf: Partial<Record<string, Refusal['status']>> = { E_ARGUMENT: 400, E_TIMEOUT: 503 };

/** What may be posted. */
const changes: ReadonlySet<string> = new Set(['/api/metrics', '/api/forecast', '/api/start', '/api/cancel']);
const mostBody = 16 * 1024;

/** What scripts/build.mjs makes of web/. */
const bundle = fileURLToPath(new URL('../../dist/dash/page/', import.meta.url));

export function createApp({ roots, token, metrics: file, allowRuns = false }: AppOptions) {
  const guard = createGuard(token);
  const cache = createCache<RunView>();
  const viewOf = (folder: string, family?: string) =>
    cache(JSON.stringify([folder, family]), revisionOf(folder), () => viewRun(folder, { family }));
  const views = async (folder: string, family?: string): Promise<RunView> => {
    const whole = await viewOf(folder);
    if (family === undefined) return whole;
    if (!whole.families.includes(family)) throw new Refusal(404, 'family: the samples of this run have no such family');
    return await viewOf(folder, family);
  };
  const compare = createComparisons();
  const tables = createRunTables();
  const metrics = createCustomMetrics(tables, file);
  const runs = createStartedRuns(roots, allowRuns);
  const pages = createPageTokens();
  const events = createEvents();
  const exportTrials = createTrialExports();
  const app = new Hono<Served>();

  const runOf = (name: string): FoundRun => {
    const run = findRuns(roots).find((one) => one.name === name);
    if (!run) throw new Refusal(404, 'run: there is no such run among the folders that were named');
    return run;
  };
  const loadOf = (name: string): FoundRun => {
    const load = findLoads(roots).find((one) => one.name === name);
    if (!load) throw new Refusal(404, 'load: there is no such sweep over a load among the folders that were named');
    return load;
  };
  const comparisonOf = ({ run, with: other, policy = [] }: Pick<Query, 'run' | 'with' | 'policy'>) => {
    if (other === undefined && policy.length !== 2)
      throw new Refusal(400, 'policy: name two policies, or with another run');
    if (other === run) throw new Refusal(400, 'with: a run against itself says nothing');
    return compare({ runs: [runOf(run), ...(other === undefined ? [] : [runOf(other)])], policies: policy });
  };
  const json = (c: Context<Served>, value: unknown) =>
    c.body(plainJson(value), 200, { 'content-type': 'application/json; charset=utf-8' });

  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    const isChange = c.req.method === 'POST' && changes.has(c.req.path);
    if (c.req.method !== 'GET' && !isChange) {
      c.header('allow', 'GET');
      throw new Refusal(405, 'this server only answers GET');
    }
    // The address with the token gives the browser its cookie, and then shows no token any more.
    const given = token !== null && c.req.path === '/' ? c.req.query('token') : undefined;
    if (given !== undefined) {
      guard({ ...c.env.incoming.headers, authorization: `Bearer ${given}` });
      c.header('set-cookie', `${tokenCookie}=${given}; HttpOnly; SameSite=Strict; Path=/`);
      return c.redirect('/', 303);
    }
    guard(c.env.incoming.headers);
    if (isChange) pages.check(c.env.incoming.headers);
    await next();
  });
  app.post(
    '*',
    bodyLimit({
      maxSize: mostBody,
      onError: (c) => refuse(c as Context<Served>, 413, `the body is larger than ${mostBody} bytes`),
    }),
  );
  app.post('/api/metrics', async (c) => {
    await metrics.save(readBody(await c.req.text(), 'metric'));
    return json(c, {});
  });
  app.post('/api/forecast', async (c) => json(c, await runs.forecast(readBody(await c.req.text(), 'run'))));
  app.post('/api/start', async (c) => json(c, await runs.start(readBody(await c.req.text(), 'run'))));
  app.post('/api/cancel', async (c) => {
    readBody(await c.req.text(), 'none');
    return json(c, runs.cancel());
  });
  app.get('/', (c) => c.html(pageHtml(pages.issue())));
  app.get('/dash.css', (c) => c.body(pageStyle, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/page/:file{[A-Za-z0-9_-]+\\.js}', (c) => {
    const text = scriptOf(c.req.param('file'));
    return c.body(text, 200, { 'content-type': 'text/javascript; charset=utf-8' });
  });
  app.get('/api/runs', (c) => {
    readQuery(c.req.url, []);
    return json(c, {
      runs: findRuns(roots).map(aboutRun),
      loads: findLoads(roots).map(({ name }) => name),
      looked_in: roots.map((root) => plainText(root, 300)),
    });
  });
  app.get('/api/report', async (c) => {
    const { run, family } = readQuery(c.req.url, ['run', 'family']);
    return json(c, (await views(runOf(run).folder, family)).report);
  });
  app.get('/api/page', async (c) => {
    const { run, family } = readQuery(c.req.url, ['run', 'family']);
    const { folder } = runOf(run);
    // Before reading: what is written meanwhile belongs to the next revision.
    const revision = revisionOf(folder);
    return json(c, pageRun(run, await views(folder, family), { revision, family }));
  });
  app.get('/api/trials', async (c) => {
    const { run, ...filter } = readQuery(c.req.url, [
      ...([
        'run',
        'policy',
        'benchmark',
        'status',
        'sample',
        'family',
        'backend',
        'model',
        'range',
        'least',
        'most',
        'from',
        'to',
        'sort',
        'order',
        'limit',
        'offset',
      ] as const),
    ]);
    return json(c, await tables.trials(runOf(run).folder, filter));
  });
  app.get('/api/trial', (c) => {
    const { run, key } = readQuery(c.req.url, ['run', 'key']);
    return json(c, readTrial(runOf(run).folder, key));
  });
  app.get('/api/metrics', async (c) => {
    const { run } = readQuery(c.req.url, ['run']);
    return json(c, await metrics.list(runOf(run)));
  });
  app.get('/api/metric', async (c) => {
    const { run, ...asked } = readQuery(c.req.url, ['run', 'expression', 'unit', 'better', 'family']);
    const found = runOf(run);
    return json(c, await metrics.try(found, asked, isWhole(found.folder)));
  });
  app.get('/api/start', async (c) => {
    readQuery(c.req.url, []);
    return json(c, { ...(await runs.choices()), started: runs.state() ?? null });
  });
  app.get('/api/compare', async (c) => json(c, await comparisonOf(readQuery(c.req.url, ['run', 'with', 'policy']))));
  app.get('/api/export', async (c) => {
    const asked = readQuery(c.req.url, [
      ...(['run', 'table', 'format', 'group', 'column', 'policy', 'benchmark', 'status', 'sample'] as const),
      ...(['sort', 'order', 'with', 'from', 'to', 'family', 'backend', 'model'] as const),
      ...(['range', 'least', 'most'] as const),
    ]);
    const { run, table, format, ...filter } = asked;
    if (format !== 'csv' && format !== 'xlsx') throw new Refusal(400, 'format: a table is csv or xlsx');
    const found = runOf(run);
    if (table === 'compared')
      return download(c, run, await tableFile(textTable(await comparisonOf({ run, ...filter })), table, format));
    if (table === 'trials') return download(c, run, await exportTrials(found, filter, format));
    const view = await views(found.folder, filter.family);
    const shown =
      table === 'numbers' ? numbersTable(view, run, filter) : shownTable(pageRun(run, view, filter), table, filter);
    return download(c, run, await tableFile(shown, table, format));
  });
  app.get('/api/load', async (c) => {
    const { load } = readQuery(c.req.url, ['load']);
    return json(c, pageLoad(load, await readLoadCurve(loadOf(load).folder)));
  });
  app.get('/api/load-chart', async (c) => {
    const { load, format, ...asked } = readQuery(c.req.url, ['load', 'chart', 'policy', 'format', 'theme']);
    if (format !== 'svg' && format !== 'png') throw new Refusal(400, 'format: a chart is svg or png');
    const { charts } = pageLoad(load, await readLoadCurve(loadOf(load).folder));
    return download(c, load, await chartFile({ groups: [], overall: charts }, { ...asked, format }));
  });
  app.get('/api/chart', async (c) => {
    const { run, format, family, ...asked } = readQuery(c.req.url, [
      'run',
      'chart',
      'group',
      'policy',
      'family',
      'format',
      'theme',
    ]);
    if (format !== 'svg' && format !== 'png') throw new Refusal(400, 'format: a chart is svg or png');
    const page = pageRun(run, await views(runOf(run).folder, family), { family });
    return download(c, run, await chartFile(page, { ...asked, format }));
  });
  app.get('/events', (c) => {
    const { run, revision } = readQuery(c.req.url, ['run', 'revision']);
    const { folder } = runOf(run);
    const { outgoing } = c.env;
    // Before the head: a stream too many is refused with a status.
    const begin = () => outgoing.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    events.add(folder, revision, outgoing, begin);
    return RESPONSE_ALREADY_SENT;
  });
  app.notFound((c) => refuse(c, 404, 'there is no such page'));
  app.onError((error, c) => {
    if (error instanceof Refusal) return refuse(c, error.status, error.message);
    if (error instanceof TtcError)
      return refuse(c, statusOf[error.code] ?? 500, `${error.code}: ${plainText(error.message, 500)}`, error.help);
    return refuse(c, 500, 'the server failed');
  });
  return {
    app,
    async close() {
      events.close();
      await runs.close();
      await tables.close();
    },
  };
}

function refuse(c: Context<Served>, status: Refusal['status'] | 500, reason: string, help?: string) {
  return c.json({ error: reason, ...(help !== undefined && { help: plainText(help, 500) }) }, status, headers);
}

function download(c: Context<Served>, run: string, { body, type, file, onEnd }: Download) {
  const name = `${run.replace(/[^\w.-]+/g, '-').slice(0, 80)}-${file}`;
  c.header('content-disposition', `attachment; filename="${name}"`);
  if (onEnd) c.env.outgoing.once('close', onEnd);
  return c.body(body, 200, { 'content-type': type });
}

/** @throws Refusal 404 */
function scriptOf(file: string): string {
  try {
    return readFileSync(join(bundle, file), 'utf8');
  } catch {
    throw new Refusal(404, 'the script of the page is not built: npm run build makes it');
  }
}
