/**
 * How soon does the dashboard paint, and answer a click, with a million trials?
 *
 *   npm run build && node perf/dashboard.mjs [--rows 1000000] [--journal 20000] [--keep FOLDER]
 *
 * 1. Makes a run as the engine would leave it (perf/report.mjs: 12 cells, answers of 48 tokens) of `--journal` trials, and
 *    writes `--rows` rows of it into its Parquet, each as another trial. So what reads Parquet (trials of a policy,
 *    filters, metrics of one's own, exports) sees a million rows, and the report is one of the journal's trials.
 * 2. Starts `ttcbench dash` as a process of its own, and opens the page in chromium (TTCBENCH_CHROMIUM, else on the path).
 * 3. Says when the page first paints and when it has its tables, with a server that knows the run and one that does not;
 *    how long clicks take until the page has changed; the server's peak of resident memory; and the script's size.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { openDatabase, publish, readPublished, tableColumns } from '../dist/tables/index.js';
import { publishTables } from '../dist/ttcbench/index.js';
import { declaredCounters, openRun } from '../dist/ttcbench/open-run.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    journal: { type: 'string', default: '20000' },
    keep: { type: 'string' },
  },
});
const root = join(import.meta.dirname, '..');

/** The same few thousand rows again and again, each time as other trials. */
async function* repeated(rows, count) {
  for (let at = 0; at < count; at++) {
    const row = rows[at % rows.length];
    row.trial_key = `${row.trial_key.slice(0, 24)}${at.toString(16).padStart(8, '0')}`;
    row.sample_id = `sample-${Math.floor(at / 12)}`;
    for (const name of ['first_token_latency', 'generation_time', 'throughput']) row[name] *= 1.0001;
    yield { row, faults: [] };
  }
}

async function writeRows(run, count) {
  await publishTables(run);
  const opened = await openRun(run);
  const rows = [];
  for await (const { row } of opened.measure().rows(opened.read.trials())) if (rows.push(row) === 6000) break;
  opened[Symbol.dispose]();
  const database = await openDatabase();
  const { state } = await readPublished(database.connection, run);
  const about = () => ({ badLines: 0, notes: [] });
  await publish(database.connection, run, tableColumns(declaredCounters()), {
    ...{ state, about, rows: repeated(rows, count), keepsOld: false },
  });
  database[Symbol.dispose]();
}

async function startServer(runs) {
  const child = spawn(process.execPath, [join(root, 'bin', 'ttcbench.js'), 'dash', runs, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
  return { child, url: JSON.parse(line).url };
}

const peakMebibytes = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const sorted = (list) => list.toSorted((a, b) => a - b);
const at = (list, part) => sorted(list)[Math.min(list.length - 1, Math.ceil(part * list.length) - 1)];
const say = (what, list) =>
  console.log(
    `${what.padEnd(58)} n ${String(list.length).padStart(3)}  p50 ${at(list, 0.5).toFixed(0).padStart(6)} ms  p95 ${at(list, 0.95).toFixed(0).padStart(6)} ms`,
  );

/** First paint, and when the table is there; in milliseconds after the navigation began. */
async function load(browser, url) {
  const page = await browser.newPage();
  const start = performance.now();
  await page.goto(url, { timeout: 0 });
  await page.locator('main table tbody tr').first().waitFor({ timeout: 0 });
  const table = performance.now() - start;
  const paint = await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0].startTime`);
  return { page, table, paint };
}

/** From a click to the frame in which what it asked for is there. */
const measured = (page, click, isThere) =>
  page.evaluate(`new Promise((done) => {
    const start = performance.now();
    const look = () => (${isThere} ? requestAnimationFrame(() => done(performance.now() - start)) : setTimeout(look, 1));
    (${click}).click();
    look();
  })`);

async function repeat(times, work) {
  const found = [];
  for (let n = 0; n < times; n++) found.push(await work(n));
  return found;
}

const button = (text) => `[...document.querySelectorAll('button')].find((one) => one.textContent === '${text}')`;
const ends = [];

const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'ttcbench-dashboard-'));
mkdirSync(folder, { recursive: true });
try {
  const run = join(folder, 'runs', 'wide');
  if (!existsSync(join(run, 'run.json'))) {
    const words = [join(import.meta.dirname, 'report.mjs'), '--trials', values.journal, '--keep', run];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    await writeRows(run, Number(values.rows));
  }
  const { child, url } = await startServer(join(folder, 'runs'));
  ends.push(() => child.kill('SIGTERM'));
  console.log(`server before the first request: ${peakMebibytes(child.pid).toFixed(0)} MiB`);
  const executablePath = process.env.TTCBENCH_CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  ends.push(() => browser.close());

  const cold = await load(browser, url);
  say('first paint, the server does not know the run', [cold.paint]);
  say(`  until its tables are there (report of ${values.journal} trials)`, [cold.table]);
  await cold.page.close();
  const warm = await repeat(10, async () => {
    const { page, ...times } = await load(browser, url);
    await page.close();
    return times;
  });
  say(
    'first paint, the server knows the run',
    warm.map(({ paint }) => paint),
  );
  say(
    '  until its tables are there',
    warm.map(({ table }) => table),
  );

  const { page } = await load(browser, url);
  await page.locator('figure svg').first().waitFor({ timeout: 0 });
  const names = await page.locator('main table').first().locator('tbody th').allTextContents();
  const chosen = names.filter((name) => name !== 'baseline');
  const chip = (name) =>
    `[...document.querySelectorAll('.chip')].find((one) => one.textContent === '${name}').querySelector('input')`;
  const rows = `document.querySelector('main table tbody').rows`;
  const filter = [];
  const back = [];
  for (let n = 0; n < 20; n++) {
    const name = chosen[n % chosen.length];
    filter.push(
      await measured(page, chip(name), `${rows}.length === 1 && ${rows}[0].cells[0].textContent === '${name}'`),
    );
    back.push(await measured(page, chip(name), `${rows}.length === ${names.length}`));
  }
  say('click: one policy, and all again', [...filter, ...back]);
  const head = `document.querySelectorAll('main table thead button')[3]`;
  const order = `(document.querySelector('main table th[aria-sort]')?.ariaSort ?? 'none')`;
  const sorts = ['ascending', 'descending', 'none'];
  say('click: sort', await repeat(30, (n) => measured(page, head, `${order} === '${sorts[n % 3]}'`)));
  const open = [];
  for (let n = 0; n < 20; n++) {
    const name = chosen[n % chosen.length];
    const link = `[...document.querySelectorAll('main table button.name')].find((one) => one.textContent === '${name}')`;
    open.push(
      await measured(
        page,
        link,
        `document.querySelector('#trials-title')?.textContent.startsWith('Trials of ${name}:')`,
      ),
    );
    await measured(page, button('Close these trials'), `!document.querySelector('#trials')`);
  }
  say(`click: trials of a policy, of ${values.rows} rows`, open);
  console.log(`server after clicks: ${peakMebibytes(child.pid).toFixed(0)} MiB at its peak`);
  const ask = async (path) => {
    const start = performance.now();
    const answer = await fetch(new URL(path, url));
    const bytes = (await answer.arrayBuffer()).byteLength;
    if (!answer.ok) console.log(`${path}: refused with ${answer.status}`);
    return { ms: performance.now() - start, bytes };
  };
  const metric = await repeat(3, (n) =>
    ask(`/api/metric?run=wide&expression=generation_time/(completion_tokens%2B${n})`),
  );
  say(
    `request: a metric of one's own over ${values.rows} rows`,
    metric.map(({ ms }) => ms),
  );
  const csv = await ask('/api/export?run=wide&table=trials&format=csv&policy=baseline');
  say(`request: a policy's trials as CSV, ${(csv.bytes / 2 ** 20).toFixed(0)} MiB`, [csv.ms]);
  // Who goes away in the middle leaves nothing behind.
  const stop = new AbortController();
  const left = await fetch(new URL('/api/export?run=wide&table=trials&format=csv', url), { signal: stop.signal });
  await left.body.getReader().read();
  stop.abort();
  await ask('/api/runs');
  console.log(`server, at its peak: ${peakMebibytes(child.pid).toFixed(0)} MiB`);
  const bundle = join(root, 'dist', 'dash', 'page');
  for (const file of readdirSync(bundle))
    console.log(`${file}: ${(gzipSync(readFileSync(join(bundle, file))).length / 1024).toFixed(1)} KiB gzipped`);
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.versions.node}`,
  );
} finally {
  for (const end of ends.toReversed()) await end();
  if (!values.keep) rmSync(folder, { recursive: true });
}
