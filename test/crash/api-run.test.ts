/** The real command line against our own chat server, killed with -9 again and again: the server's books say what was called. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { Trial } from '../../src/core/index.ts';
import { startSimulator, type Truth } from '../../src/gateway/index.ts';
import { journalKeys, killAndResume, plannedKeys } from './kill-and-resume.ts';

const bin = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-crash-api-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const concurrency = 6;
const kills = 6;

const parsed = <T>(lines: readonly string[]) => lines.map((line) => JSON.parse(line) as T);
const idsOf = (trial: Trial) => trial.counters.calls.flatMap(({ id }) => id ?? []);

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

it('an API run that is killed six times calls no finished trial again', async () => {
  const truthFile = join(scratch, 'truth.jsonl');
  // Slow enough that calls are in flight at every kill.
  const server = await startSimulator({ ttft: 20, tpot: 1, truthFile });
  const folder = join(scratch, 'run');
  const words = ['--backend', 'groq', '--base-url', server.url, '--policy', 'baseline', '--benchmark', 'extract'];
  const load = ['--max-tokens', '24', '--repeats', '5', '--concurrency', String(concurrency), '--out', folder];
  const env = { ...process.env, GROQ_API_KEY: 'gsk_simulated_key_of_nobody', TTCBENCH_CACHE: join(scratch, 'cache') };
  const report = await killAndResume([process.execPath, bin, 'run', ...words, ...load], folder, {
    seed: 11,
    kills,
    stride: 40,
    spawn: { cwd: scratch, env },
  });
  await server.close();
  expect(report.killed).toBe(kills);
  expect(report.code, report.stderr).toBe(0);
  expect(plannedKeys(folder)).toHaveLength(240);
  expect(journalKeys(folder).sort()).toEqual(plannedKeys(folder).sort());

  const trials = parsed<Trial>(readFileSync(join(folder, 'journal-main.jsonl'), 'utf8').trim().split('\n'));
  expect(trials.every(({ status }) => status === 'ok')).toBe(true);
  const ids = new Set(trials.flatMap(idsOf));
  const truths = parsed<Truth>(readFileSync(truthFile, 'utf8').trim().split('\n'));
  const byId = new Map(truths.map((truth) => [truth.id, truth]));
  const requestOf = (trial: Trial) => byId.get(idsOf(trial)[0] as string)?.request as string;
  const ours = truths.filter(({ request }) => trials.some((trial) => requestOf(trial) === request));

  // Calls beyond one a trial are those that were in flight when the command died.
  const lost = ours.filter(({ id }) => !ids.has(id as string));
  expect(ours.length - lost.length).toBe(240);
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.length).toBeLessThanOrEqual(kills * concurrency);

  // Between two kills nothing is asked more often than trials of it were left at the first of them.
  const planned = countBy(trials, requestOf);
  const bounds = report.goneAt;
  for (const [start, from] of [0, ...bounds].entries()) {
    const finished = start === 0 ? [] : parsed<Trial>(report.linesAtKills[start - 1] as string[]);
    const done = countBy(finished, requestOf);
    const session = ours.filter(({ received }) => received > from && received <= (bounds[start] ?? Infinity));
    for (const [request, count] of countBy(session, ({ request }) => request))
      expect(count, request).toBeLessThanOrEqual((planned.get(request) as number) - (done.get(request) ?? 0));
  }
}, 240_000);
