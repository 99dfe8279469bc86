/** What Prometheus reads of a run, and the dashboard that Grafana draws from it. */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Cell, Job } from '../src/core/index.ts';
import type { RunEvent } from '../src/runner/run.ts';
import { createStats } from '../src/serve/stats.ts';
import { createRunStats } from '../src/watching/run-stats.ts';
import { watchRun } from '../src/watching/watch-run.ts';

const cell = { benchmark: 'extract', policy_name: 'a "quoted"\\ one', realisation: 'client' } as Cell;
const progress = (done: number) => ({ total: 10, done, failed: 0, unsupported: 0, rate: 1, elapsed: 1 });
const trial = (more: object): RunEvent => ({
  type: 'trial',
  progress: progress(4),
  trial: { key: 'k', cell, sample: 's', repeat: 0, status: 'ok', prompt_tokens: 7, completion_tokens: 5, ...more },
});
const events: RunEvent[] = [
  { type: 'start', progress: progress(2) },
  { type: 'begin', jobs: [{}, {}, {}] as Job[], progress: progress(2) },
  trial({ first_ms: 30, wall_ms: 400 }),
  trial({ status: 'failed', error: { code: 'E_SERVER', message: 'gone' }, wall_ms: 90_000 }),
];

/** The format by its own grammar: comments, then samples of the family that was announced. */
const sample = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf)$/;
function read(text: string): { names: Set<string>; values: Map<string, number> } {
  expect(text.endsWith('\n')).toBe(true);
  const names = new Set<string>();
  const values = new Map<string, number>();
  let family = '';
  for (const line of text.trimEnd().split('\n')) {
    const [, announced] = /^# TYPE ([a-z_]+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (announced) {
      expect(names.has(announced), announced).toBe(false);
      family = announced;
      names.add(announced);
    } else if (!line.startsWith('# HELP ')) {
      const [, name = '', labels = '', value] = sample.exec(line) ?? expect.fail(line);
      expect(name.replace(/_(bucket|sum|count)$/, '')).toBe(family.replace(/_(bucket|sum|count)$/, ''));
      values.set(name + labels, Number(value));
    }
  }
  return { names, values };
}

const runText = () => {
  const stats = createRunStats();
  for (const event of events) stats.take(event);
  return stats.text();
};

describe('the metrics of a run', () => {
  it('count its trials, tokens and errors', () => {
    const { values } = read(runText());
    const policy = 'policy="a \\"quoted\\"\\\\ one"';
    expect(Object.fromEntries(values)).toMatchObject({
      ttcbench_run_planned_trials: 10,
      ttcbench_run_done_trials: 4,
      ttcbench_run_running_trials: 1,
      [`ttcbench_run_trials_total{${policy},benchmark="extract",status="ok"}`]: 1,
      [`ttcbench_run_trials_total{${policy},benchmark="extract",status="failed"}`]: 1,
      [`ttcbench_run_failures_total{${policy},code="E_SERVER"}`]: 1,
      [`ttcbench_run_tokens_total{${policy},kind="completion"}`]: 10,
      'ttcbench_run_first_token_seconds_bucket{le="0.025"}': 0,
      'ttcbench_run_first_token_seconds_bucket{le="0.05"}': 1,
      'ttcbench_run_trial_seconds_bucket{le="60"}': 1,
      'ttcbench_run_trial_seconds_bucket{le="+Inf"}': 2,
      ttcbench_run_trial_seconds_sum: 90.4,
    });
  });

  it('are served to this machine alone, and only at their place', async () => {
    await using watch = await watchRun(0);
    for (const event of events) watch.onEvent(event);
    const { port } = new URL(watch.url);
    const get = (path: string, host: string) =>
      new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
          let text = '';
          response.on('data', (data) => {
            text += data;
          });
          response.on('end', () => resolve({ status: response.statusCode, text }));
        })
          .on('error', reject)
          .end();
      });
    const found = await get('/metrics', `127.0.0.1:${port}`);
    expect(found.status).toBe(200);
    expect(read(found.text).values.get('ttcbench_run_done_trials')).toBe(4);
    expect((await get('/metrics', 'evil.example')).status).toBe(403);
    expect((await get('/other', 'localhost')).status).toBe(404);
    await expect(watchRun(Number(port))).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });
});

/** What Grafana asks of a dashboard file, from its documented JSON model. */
const datasource = z.object({ type: z.literal('prometheus'), uid: z.literal(`\${datasource}`) });
const place = z.object({ x: z.int().min(0).max(23), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) });
const panel = z.object({
  id: z.int().positive(),
  title: z.string().min(1),
  gridPos: place.refine(({ x, w }) => x + w <= 24),
});
const dashboard = z.object({
  uid: z.string().regex(/^[\w-]{1,40}$/),
  title: z.string().min(1),
  schemaVersion: z.int().min(36),
  time: z.object({ from: z.string(), to: z.string() }),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.enum(['datasource', 'query']) })) }),
  panels: z.array(
    z.discriminatedUnion('type', [
      panel.extend({ type: z.literal('row'), panels: z.array(z.never()) }),
      panel.extend({
        type: z.enum(['timeseries', 'gauge']),
        description: z.string().min(1),
        datasource,
        targets: z
          .array(z.object({ refId: z.string(), expr: z.string().min(1), legendFormat: z.string().min(1), datasource }))
          .min(1),
        fieldConfig: z.looseObject({ defaults: z.looseObject({ unit: z.string() }) }),
      }),
    ]),
  ),
});

describe('the dashboard for Grafana', () => {
  const file: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/grafana/ttcbench.json'), 'utf8'));
  const { panels, templating } = dashboard.parse(file);
  const expressions = panels.flatMap((one) => (one.type === 'row' ? [] : one.targets.map(({ expr }) => expr)));

  it('has panels with ids of their own that do not lie on each other', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('asks for metrics that a run or serve has, and shows every one of ours', () => {
    const { names } = read(
      `${runText()}${createStats().text(new Map())}`.replace(/^(# (?:HELP|TYPE) )?process_.*\n/gm, ''),
    );
    const asked = new Set(expressions.flatMap((expr) => expr.match(/\b(ttcbench|process)_\w+/g) ?? []));
    const families = [...asked].map((name) => name.replace(/_bucket$/, ''));
    const processes = [...read(runText()).names].filter((name) => name.startsWith('process_'));
    for (const name of families) expect([...names, ...processes]).toContain(name);
    for (const name of names) expect(families).toContain(name);
    const page = readFileSync(join(import.meta.dirname, '../docs/watching.md'), 'utf8');
    for (const name of names) expect(page).toContain(`\`${name}\``);
  });

  it('has whole expressions, and no variable that it does not define', () => {
    const known = [...templating.list.map(({ name }) => name), '__rate_interval'];
    for (const expr of expressions) {
      for (const pair of ['()', '{}', '[]'] as const)
        expect(expr.split(pair[0] as string).length, expr).toBe(expr.split(pair[1] as string).length);
      for (const [, name] of expr.matchAll(/\$(\w+)/g)) expect(known).toContain(name);
    }
  });
});
