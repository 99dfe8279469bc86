/** A dashboard over runs that are made up, asked as programs and hostile pages would. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDash } from '../../src/dash/index.ts';
import { madeUpSamples, madeUpTrials } from './made-up-run.ts';
import { runFolderOf } from './run-folder-of.ts';

/** Its headline score is the one that these trials have. */
const benchmark = 'tiny-crm';
export const trials = madeUpTrials().map((trial) => ({ ...trial, cell: { ...trial.cell, benchmark } }));
const samples = madeUpSamples().map((sample) => ({ ...sample, benchmark }));
const rows = { trials, samples } as Parameters<typeof runFolderOf>[1];

const spread = (value: number) => ({
  ...{ mean: value, p50: value, p90: null, p95: null, p99: 3 * value, intervals: {}, n: 9, units: 9 },
});

/** Two levels of a load, as a sweep leaves them. */
export const loadCurve = {
  param: 'concurrency',
  points: [1, 8].map((value) => ({
    ...{ value, policy_name: 'baseline', benchmark, trials: 9, failed: 0, seconds: 3 },
    ...{ trials_per_second: 3 * value, tokens_per_second: 90 * value, slo_attainment: null, goodput: null, doubts: [] },
    ...{ first_token_latency: spread(20 * value), avg_token_latency: spread(5), generation_time: spread(100 * value) },
  })),
};

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** Runs `whole`, `slower` and `growing`, one outside of the named folder, and a link to that. */
export async function openDash() {
  const home = mkdtempSync(join(tmpdir(), 'ttcbench-dash-'));
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
  mkdirSync(join(home, 'runs', 'loads'));
  writeFileSync(join(home, 'secret.txt'), 'secret');
  writeFileSync(join(home, 'runs', 'loads', 'load_curve.json'), JSON.stringify(loadCurve));
  const dash = await startDash({ roots: [join(home, 'runs')], port: 0, metrics: join(home, 'own.json') });

  /** As it stands: no client that mends paths or refuses headers, and no kept socket that the server may just have closed. */
  function ask(
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
    url = dash.url,
    body = '',
  ): Promise<Answer> {
    const { hostname, port } = new URL(url);
    const where = { hostname, port, agent: false as const };
    return new Promise((resolve, reject) => {
      const sent = request({ ...where, path, method, headers, setHost: headers.Host === undefined }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece) => {
          text += piece;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      });
      sent.on('error', reject).end(body);
    });
  }

  return {
    ...{ home, dash, ask },
    folder: (name: string) => join(home, 'runs', name),
    read: async (path: string) => JSON.parse((await ask(path)).text),
    /** As the page posts: its token, its origin, JSON. */
    async post(path: string, body: unknown, headers: Record<string, string> = {}, url = dash.url): Promise<Answer> {
      const { text } = await ask('/', {}, 'GET', url);
      const token = /name="page-token" content="([0-9a-f]{48})"/.exec(text)?.[1] ?? '';
      const own = {
        ...{ Origin: new URL(url).origin, 'Content-Type': 'application/json', 'X-TTCBench-Page': token },
        ...headers,
      };
      const kept = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== ''));
      return ask(path, kept, 'POST', url, typeof body === 'string' ? body : JSON.stringify(body));
    },
    async close() {
      await dash.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
