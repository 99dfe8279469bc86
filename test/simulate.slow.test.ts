/** `ttcbench simulate` as a user starts it: a process of its own that is asked, ended and read. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createChatGenerate } from '../src/client/index.ts';
import { createMeter, elapsed, now } from '../src/core/index.ts';
import type { Simulator, Truth } from '../src/gateway/index.ts';

type AccountFacts = ReturnType<Simulator['account']>;

const bin = fileURLToPath(new URL('../bin/ttcbench.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-simulate-'));
const model = 'openai/gpt-oss-20b';
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...words: string[]) {
  const child = spawn(process.execPath, [bin, 'simulate', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let err = '';
  child.stderr.on('data', (data) => (err += data));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, err: () => err, line: async () => String((await lines.next()).value) };
}

async function ask(url: string, apiKey?: string) {
  const meter = createMeter();
  const intended = now();
  let text = '';
  let first: number | undefined;
  const generate = createChatGenerate({ baseUrls: [url], model, ...(apiKey && { apiKey }) });
  const call = { messages: [{ role: 'user' as const, content: 'Tell me.' }], maxTokens: 12, temperature: 0, seed: 1 };
  for await (const part of generate(call, { signal: new AbortController().signal, meter, intended })) {
    if (part.type !== 'text') continue;
    first ??= elapsed(intended, part.at);
    text += part.text;
  }
  return { text, first, record: meter.counters.calls[0], intended: Number(intended) / 1e6 };
}

describe('ttcbench simulate', () => {
  it('answers at its scripted times, writes when it sent what, and prints its account at its end', async () => {
    const truthFile = join(folder, 'truth.jsonl');
    const server = start('--port', '0', '--ttft', '80', '--tpot', '1', '--truth', truthFile, '--json');
    const { url } = JSON.parse(await server.line());
    const { text, first, record, intended } = await ask(url);
    expect(text.trim()).not.toBe('');
    // A timer may fire a fraction of a millisecond early.
    expect(first).toBeGreaterThanOrEqual(79);
    expect(record).toMatchObject({ ending: 'ok', usage: { completion: 12, origin: 'server' } });
    server.child.kill('SIGTERM');
    const account = JSON.parse(await server.line()) as AccountFacts;
    expect(await server.ended).toBe(0);
    expect(account).toMatchObject({ requests: 1, admitted: 1, finished: 1, aborted: 0, connections: 1 });

    const [truth, ...more] = readFileSync(truthFile, 'utf8').trim().split('\n');
    expect(more).toEqual([]);
    const seen = JSON.parse(truth as string) as Truth;
    expect(seen).toMatchObject({ id: record?.id, model, status: 200, ending: 'sent', fault: null });
    // One clock for both: what came cannot have come before it was sent.
    expect(seen.received).toBeGreaterThanOrEqual(intended);
    expect((seen.first as number) - seen.received).toBeGreaterThanOrEqual(79);
    expect(first).toBeGreaterThanOrEqual((seen.first as number) - intended - 5);
  });

  it('keeps to its limits, faults and key, and says in words what was broken', async () => {
    const flags = ['--port', '0', '--rpm', '1', '--key', 'gsk_the_only_one', '--fault', 'no-role'];
    const server = start(...flags);
    const said = /^simulating Groq at (\S+) \(Ctrl-C or kill (\d+) ends it\)$/;
    const [, url = '', pid] = said.exec(await server.line()) ?? [];
    expect(Number(pid)).toBe(server.child.pid);
    await expect(ask(url)).rejects.toMatchObject({ code: 'E_API_KEY' });
    expect((await ask(url, 'gsk_the_only_one')).record).toMatchObject({ ending: 'ok' });
    await expect(ask(url, 'gsk_the_only_one')).rejects.toMatchObject({ code: 'E_RATE_LIMIT' });
    const account = (await (await fetch(new URL('/__account', url))).json()) as AccountFacts;
    expect(account).toMatchObject({ violations: { rpm: 1 }, faults: { 'no-role': 1 } });
    server.child.kill('SIGINT');
    expect(await server.line()).toMatch(/^\d requests, 1 admitted, 0 left by the client; limits broken: rpm 1 times$/);
    expect(await server.ended).toBe(0);
  });

  it.each([
    [['--ttft', 'soon'], /^E_ARGUMENT: --ttft must be a number from 0, not "soon"/],
    [['--jitter', '2'], /^E_ARGUMENT: --jitter must be a number from 0 to 1/],
    [['--rpm', '1.5'], /^E_ARGUMENT: --rpm must be a whole number/],
    [['--flavour', 'sweet'], /^E_ARGUMENT: --flavour must be groq or openai/],
    [['--fault', 'stal'], /^E_ARGUMENT: there is no fault stal\n.*\bstall\b/],
  ])('refuses %j', async (words, message) => {
    const server = start('--port', '0', ...words);
    expect(await server.ended).toBe(2);
    expect(server.err()).toMatch(message);
  });

  it('refuses a port that is taken', async () => {
    const first = start('--port', '0', '--json');
    const { port } = new URL(JSON.parse(await first.line()).url);
    const second = start('--port', port);
    expect(await second.ended).toBe(2);
    expect(second.err()).toMatch(new RegExp(`^E_ARGUMENT: .*${port}`));
  });
});
