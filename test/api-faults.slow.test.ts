/** A run among all faults at once, as a user would meet them: each trial ends once, by its own fault and no other's, and the run goes on. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { CallRecord, ErrorCode, Trial } from '../src/core/index.ts';
import { type FaultName, faults, startSimulator, type Truth } from '../src/gateway/index.ts';
import { openCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-faults-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Holds every call for a minute, as it should: a test of its own in `runner/limit.test.ts`. */
const left: FaultName[] = ['rate-limit-long'];
const struck = (Object.keys(faults) as FaultName[]).filter((name) => !left.includes(name));

/** What an attempt's ending makes of its trial, unless another attempt followed. */
const codes: Record<string, readonly (ErrorCode | undefined)[]> = {
  ok: [undefined],
  ok_no_done: [undefined],
  truncated: ['E_STREAM'],
  reset: ['E_STREAM'],
  stream_error: ['E_STREAM'],
  not_a_stream: ['E_SERVER'],
  http_error: ['E_REQUEST', 'E_SERVER', 'E_RATE_LIMIT', 'E_API_KEY'],
  // The trial's own timeout ended it.
  aborted: ['E_TIMEOUT'],
};

const silent: readonly string[] = ['stall', 'stall-comments', 'no-first-token', 'hang'];

const linesOf = <T>(path: string): T[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('a run among all faults ends every trial once and harms no other', async () => {
  const truthFile = join(folder, 'truth.jsonl');
  const choices = struck.map((name) => ({ name, share: 0.02, at: 3 }));
  // A seed under which every fault strikes among the first 240 requests, whatever order they come in.
  const server = await startSimulator({ seed: 45, ttft: 2, tpot: 0.2, truthFile });
  writeFileSync(join(folder, 'config.yaml'), 'timeout: 5\n');
  await using typed = openCommandLine(folder, { GROQ_API_KEY: 'gsk_simulated_key_of_nobody' });
  const where = ['--backend', 'groq', '--base-url', server.url, '--policy', 'baseline', '--benchmark', 'extract'];
  const load = ['--config', 'config.yaml', '--repeats', '5', '--max-tokens', '12', '--concurrency', '24'];
  const ttcbench = async (...words: string[]) => (await typed(['run', ...where, ...words])).code;
  // Capabilities are asked of a healthy server, once, and kept.
  expect(await ttcbench('--samples', '1', '--out', 'calm')).toBe(0);
  server.setFaults(choices);
  expect(await ttcbench(...load, '--out', 'run')).toBe(3);
  const met = server.account().faults;
  await server.close();
  expect(Object.keys(met).sort()).toEqual([...struck].sort());

  const trials = linesOf<Trial>(join(folder, 'run', 'journal-main.jsonl'));
  const planned = linesOf<Trial>(join(folder, 'run', 'jobs.jsonl')).map(({ key }) => key);
  expect(planned).toHaveLength(240);
  expect(trials.map(({ key }) => key).sort()).toEqual(planned.sort());

  const truths = linesOf<Truth>(truthFile);
  const faultOf = new Map(truths.map(({ id, fault }) => [id, fault]));
  for (const { status, error, counters } of trials) {
    const last = counters.calls.at(-1) as CallRecord;
    const wanted = codes[last.ending ?? ''];
    const waited = error?.code === 'E_TIMEOUT' && last.outcome === 'failed';
    expect(status).toBe(error ? 'failed' : 'ok');
    if (!waited) expect(wanted, `${last.ending}: ${error?.message}`).toContain(error?.code);
    // An answer without a fault of its own is whole; one that fell silent is ended by the timeout.
    if (last.id === undefined) continue;
    const fault = faultOf.get(last.id);
    if (fault === null) expect(last.ending).toBe('ok');
    if (silent.includes(fault ?? '')) expect(error?.code).toBe('E_TIMEOUT');
  }
  // Answers that came whole count, whatever came with them.
  expect(trials.filter(({ status }) => status === 'ok').length).toBeGreaterThan(120);
}, 120_000);
