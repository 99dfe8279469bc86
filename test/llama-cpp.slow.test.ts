/**
 * A run against llama.cpp's own server, with its default cache of prompts. It needs a Python with xllamacpp:
 *
 *   python3 -m venv v && v/bin/pip install xllamacpp && LLAMA_PYTHON=v/bin/python npm run test:slow
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Trial } from '../src/core/index.ts';
import { readRun } from '../src/store/read-run.ts';
import { loadConfig, startRun } from '../src/ttcbench/index.ts';

const python = process.env.LLAMA_PYTHON;
const isThere = python !== undefined && spawnSync(python, ['-c', 'import xllamacpp']).status === 0;
if (!isThere)
  console.warn('llama.cpp is not tried: set LLAMA_PYTHON to a Python that has xllamacpp (pip install xllamacpp)');

const model = fileURLToPath(new URL('../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url));
const program = fileURLToPath(new URL('foreign/llama-server.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-llama-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(): Promise<{ url: string; server: ChildProcess }> {
  const server = spawn(python as string, [program, model, '4'], { stdio: ['pipe', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream }))
    return { url: `${line}/v1`, server };
  throw new Error('the server did not start');
}

async function play(state: string, concurrency: number): Promise<{ trials: Trial[]; checks: Record<string, unknown> }> {
  const { url, server } = await start();
  const out = join(folder, `${state}-${concurrency}`);
  const settings = {
    ...{ policies: ['baseline'], benchmarks: ['tiny-crm'], samples: 6, max_tokens: 12, backend: 'openai' },
    ...{ base_url: url, prompt_cache: state, concurrency, out },
  };
  try {
    process.env.TTCBENCH_CACHE = join(folder, 'cache');
    await startRun({ resolved: await loadConfig({ settings, flags: {}, env: {} }), report: 'folder' });
  } finally {
    server.kill('SIGKILL');
  }
  const run = readRun(out);
  return { trials: [...run.trials()], checks: run.manifest?.checks ?? {} };
}

const cachedIn = (trials: readonly Trial[], policy: string) =>
  trials
    .filter(({ cell }) => cell.policy_name === policy)
    .flatMap(({ counters }) => counters.calls)
    .reduce((sum, { usage }) => sum + (usage?.cached ?? 0), 0);
const textsOf = (trials: readonly Trial[], policy: string) =>
  new Map(trials.flatMap((t) => (t.cell.policy_name === policy ? [[t.sample, t.answer?.text] as const] : [])));

describe.runIf(isThere)('llama.cpp', () => {
  it('cold: nothing comes out of its cache, no request goes out twice, and all answers are equal', async () => {
    const { trials, checks } = await play('cold', 1);
    expect(trials.map(({ status }) => status)).toEqual(Array(12).fill('ok'));
    expect(checks).toMatchObject({
      cache: { asked: 'cold', by: 'cache_prompt' },
      capabilities: { prefill: { supported: expect.any(Boolean) } },
    });
    expect([cachedIn(trials, 'baseline'), cachedIn(trials, 'baseline_again')]).toEqual([0, 0]);
    const calls = trials.flatMap(({ counters }) => counters.calls);
    expect(calls.filter(({ resent, attempt }) => resent || attempt > 1)).toEqual([]);
    expect(textsOf(trials, 'baseline_again')).toEqual(textsOf(trials, 'baseline'));

    const together = await play('cold', 4);
    expect(cachedIn(together.trials, 'baseline')).toBe(0);
    const firstWord = (texts: Map<string, string | undefined>) =>
      [...texts].map(([sample, text]) => [sample, text?.split(' ')[0]] as const).sort();
    expect(firstWord(textsOf(together.trials, 'baseline'))).toEqual(firstWord(textsOf(trials, 'baseline')));
  });

  it('warm: all prompts are in its cache, under both cells alike', async () => {
    const { trials } = await play('warm', 1);
    const [first, again] = [cachedIn(trials, 'baseline'), cachedIn(trials, 'baseline_again')];
    expect(first).toBeGreaterThan(0);
    expect(again).toBe(first);
  });
});

it.skipIf(isThere)('llama.cpp is not there: set LLAMA_PYTHON to a Python that has xllamacpp', ({ skip }) => skip());
