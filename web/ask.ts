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

async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked))
    for (const one of [value].flat()) if (one !== '') query.append(name, one);
  return await answered<T>(await fetch(`${path}?${query}`));
}

/** What changes something carries the token that this load of the page was given. */
async function tell<T>(path: string, body: unknown): Promise<T> {
  const token = document.querySelector<HTMLMetaElement>('meta[name=page-token]')?.content ?? '';
  const headers = { 'content-type': 'application/json', 'x-ttcbench-page': token };
  return await answered<T>(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function answered<T>(answer: Response): Promise<T> {
  const body = (await answer.json()) as T & { error?: string; help?: string };
  if (answer.ok) return body;
  throw new Error([body.error, body.help].filter(Boolean).join('. '));
}

export const askRuns = () => ask<Runs>('/api/runs');
export const askPage = (run: string) => ask<PageRun>('/api/page', { run });
export const askTrials = (asked: Asked) => ask<{ total: number; rows: TrialRow[] }>('/api/trials', asked);
export const askTrial = (run: string, key: string) => ask<TrialPage>('/api/trial', { run, key });
export const askLoad = (load: string) => ask<PageLoad>('/api/load', { load });
export const askComparison = (asked: Asked) => ask<PageComparison>('/api/compare', asked);
export const askMetrics = (run: string) => ask<MetricsPage>('/api/metrics', { run });
export const askMetric = (asked: Asked) => ask<MetricPage>('/api/metric', asked);
export const saveMetric = (metric: Record<string, string>) => tell<unknown>('/api/metrics', metric);
export const askStart = () => ask<Choices & { started: StartedRun | null }>('/api/start');
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
