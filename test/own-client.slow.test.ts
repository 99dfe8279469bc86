/** Client policies of a user's own in a real run: the built program against our own server. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../src/gateway/index.ts';

const bin = fileURLToPath(new URL('../bin/ttcbench.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-own-client-'));
const key = 'gsk_simulated_key';
let server: Simulator;
beforeAll(async () => {
  server = await startSimulator({ apiKey: key, ttft: 1, tpot: 0.1 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A policy that asks the cheaper model first and answers with the target's text. */
const policy = ({ name, alters = "['maxTokens']", draft = '{ ...call, maxTokens: 4 }', context = 'branch' }: Given) => `
import { createMeter, fork } from 'ttcbench/core';

export default {
  name: '${name}',
  version: 1,
  about: 'Asks a cheaper model first.',
  params: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  variants: {},
  neutral: {},
  counters: { drafts: 'drafts that were read' },
  acts: 'drafts',
  client: {
    fidelity: () => 'provider',
    standsFor: 'a draft that is read and thrown away',
    cannot: 'do anything useful',
    alters: ${alters},
    needs: () => ['fast-model'],
    open: (generate, params, { fast }) =>
      async function* (call, context) {
        const branch = fork(context);
        for await (const part of fast(${draft}, ${context})) if (part.type === 'text') context.meter.add('drafts', 1);
        branch.abort();
        yield* generate(call, context);
      },
  },
};
`;

interface Given {
  name: string;
  alters?: string;
  draft?: string;
  context?: string;
}

interface Line {
  cell: { policy_name: string };
  status: string;
  error?: { code: string; message: string };
  counters: { calls: unknown[]; sums: Record<string, number> };
}

async function play(given: Given): Promise<Line[]> {
  const file = join(folder, `${given.name}.mjs`);
  writeFileSync(file, policy(given));
  const where = ['--backend', 'groq', '--base-url', server.url, '--model', 'openai/gpt-oss-120b'];
  const what = ['--benchmark', 'extract', '--samples', '3', '--max-tokens', '12', '--out', given.name];
  const env = { ...process.env, TTCBENCH_CACHE: join(folder, 'cache'), GROQ_API_KEY: key, NO_COLOR: '1' };
  await new Promise((resolve) =>
    execFile(process.execPath, [bin, 'run', '--policy', file, ...where, ...what], { cwd: folder, env }, resolve),
  );
  const lines = readFileSync(join(folder, given.name, 'journal-main.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line)).filter(({ cell }: Line) => cell.policy_name === given.name);
}

it('plays one of several calls, each of them on the trial’s bill', async () => {
  const before = server.account().requests;
  const trials = await play({ name: 'drafting' });
  expect(trials.map(({ status, counters }) => [status, counters.calls.length])).toEqual(Array(3).fill(['ok', 2]));
  for (const { counters } of trials) expect(counters.sums.drafts).toBeGreaterThan(0);
  // Three trials of two calls, and two baselines of three.
  expect(server.account().requests - before).toBeGreaterThanOrEqual(12);
});

it.each<[Given, RegExp]>([
  [{ name: 'silent', alters: '[]' }, /^silent changed maxTokens of a call/],
  [{ name: 'retelling', draft: '{ ...call, messages: call.messages.slice(0, 1), seed: 3 }' }, /changed .*seed/],
  [{ name: 'hiding', context: '{ ...branch, meter: createMeter() }' }, /^hiding made a call that is not on the bill/],
])('fails the trials of %j', async (given, words) => {
  const trials = await play(given);
  expect(trials).toHaveLength(3);
  for (const { status, error } of trials)
    expect([status, error]).toEqual(['failed', { code: 'E_POLICY', message: expect.stringMatching(words) }]);
});
