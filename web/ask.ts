/** Questions to the server. */
import type { PageComparison } from '../src/dash/compare-page.ts';
import type { MetricPage, MetricsPage } from '../src/dash/custom-metrics.ts';
import type { PageLoad } from '../src/dash/page-load.ts';
import type { PageRun } from '../src/dash/page-run.ts';
import type { TrialPage } from '../src/dash/read-trial.ts';
import type { Choices, RunAsked, StartedRun } from '../src/dash/started-run.ts';

export interface Runs {
  runs: { name: string; started_at: string; status: string }[];
  /** Sweeps over a load. */
  loads: string[];
  looked_in: string[];
}

export interface TrialRow {
  trial_key: string;
  benchmark: string;
  policy_name: string;
  sample_id: string;
  repeat: number | string;
  status: string;
  generation_time: number | null;
  first_token_latency: number | null;
  throughput: number | null;
  reward: number | null;
  completion_tokens: number | null;
  error_code: string | null;
}

type Asked = Record<string, string | readonly string[]>;

/** Answers by address. `round` says after which change of the run one was asked for. */
const answers = new Map<string, { text: string; value: unknown; round: number }>();
const asking = new Map<string, Promise<unknown>>();
const mostKept = 64;
let round = 0;

/** The run has changed: everything is asked again. */
export function forgetAnswers(): void {
  round++;
  asking.clear();
}

/** Asks once, until the run changes. */
async function ask<T>(path: string, asked: Asked): Promise<T> {
  const url = addressOf(path, asked);
  const known = answers.get(url);
  if (known?.round === round) return known.value as T;
  const going = asking.get(url) ?? read(url);
  asking.set(url, going);
  try {
    return (await going) as T;
  } finally {
    if (asking.get(url) === going) asking.delete(url);
  }
}

/** What comes again word for word is the object of before, so who draws it sees that nothing is new. */
async function read(url: string): Promise<unknown> {
  const mine = round;
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw refusal(text);
  const before = answers.get(url);
  const value = before?.text === text ? before.value : JSON.parse(text);
  if (before !== undefined && before.round > mine) return value;
  answers.delete(url);
  answers.set(url, { text, value, round: mine });
  const [oldest] = answers.keys();
  if (answers.size > mostKept && oldest !== undefined) answers.delete(oldest);
  return value;
}

/** What may be another one each time. */
async function askAnew<T>(path: string, asked: Asked = {}): Promise<T> {
  return (await read(addressOf(path, asked))) as T;
}

function addressOf(path: string, asked: Asked): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked))
    for (const one of [value].flat()) if (one !== '') query.append(name, one);
  return `${path}?${query}`;
}

/** What changes something carries the token that this load of the page was given. */
async function tell<T>(path: string, body: unknown): Promise<T> {
  const token = document.querySelector<HTMLMetaElement>('meta[name=page-token]')?.content ?? '';
  const headers = { 'content-type': 'application/json', 'x-ttcbench-page': token };
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw refusal(text);
  return JSON.parse(text);
}

function refusal(text: string): Error {
  const { error, help } = JSON.parse(text) as { error?: string; help?: string };
  return new Error([error, help].filter(Boolean).join('. '));
}

export const askRuns = () => askAnew<Runs>('/api/runs');
export const askPage = (run: string, family: string) => ask<PageRun>('/api/page', { run, family });
export const askTrials = (asked: Asked) => ask<{ total: number; rows: TrialRow[] }>('/api/trials', asked);
export const askTrial = (run: string, key: string) => ask<TrialPage>('/api/trial', { run, key });
export const askLoad = (load: string) => askAnew<PageLoad>('/api/load', { load });
export const askComparison = (asked: Asked) => ask<PageComparison>('/api/compare', asked);
export const askMetrics = (run: string) => askAnew<MetricsPage>('/api/metrics', { run });
export const askMetric = (asked: Asked) => ask<MetricPage>('/api/metric', asked);
export const saveMetric = (metric: Record<string, string>) => tell<unknown>('/api/metrics', metric);
export const askStart = () => askAnew<Choices & { started: StartedRun | null }>('/api/start');
export interface Forecast {
  command: string;
  forecast: {
    trials: number;
    calls: number;
    promptTokens: number;
    completionTokens: number;
    notes: string[];
    estimate?: { seconds: { low: number; high: number }; basis: string };
  };
}
export const forecastRun = (asked: RunAsked) => tell<Forecast>('/api/forecast', asked);
export const startRun = (asked: RunAsked) => tell<StartedRun>('/api/start', asked);
export const cancelRun = () => tell<StartedRun>('/api/cancel', {});
