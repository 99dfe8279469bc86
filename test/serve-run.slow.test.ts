/** The benchmark against our own server: two programs, one count. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOpenAiBackend } from '../src/backends/openai.ts';
import { createMeter, type Trial } from '../src/core/index.ts';
import { openCommandLine } from './support/command-line.ts';

const bin = fileURLToPath(new URL('../bin/ttcbench.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-serve-run-'));
const books = join(folder, 'books.jsonl');
const key = 'a-key-of-the-test';
const env = { ...process.env, OPENAI_API_KEY: key, NO_COLOR: '1', TTCBENCH_CACHE: join(folder, 'cache') };
let server: ChildProcess;
let url = '';

beforeAll(async () => {
  const words = ['serve', '--model', 'tiny8', '--port', '0', '--json', '--slots', '4', '--books', books];
  server = spawn(process.execPath, [bin, ...words, '--key-env', 'OPENAI_API_KEY'], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout! })) {
    ({ url } = JSON.parse(line));
    break;
  }
});
afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const typed = openCommandLine(folder, { OPENAI_API_KEY: key });
async function ttcbench(...words: string[]): Promise<void> {
  const { code, err } = await typed(words);
  expect(code, err).toBe(0);
}

const linesOf = <T>(file: string): T[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
interface Line {
  id: string | null;
  outcome: string;
  prompt_tokens: number;
  completion_tokens: number;
  sent_tokens: number;
}

describe('ttcbench run --backend openai against ttcbench serve', () => {
  const play = [
    '--policy',
    'baseline',
    '--benchmark',
    'tiny-crm',
    '--samples',
    '6',
    '--temperature',
    '0',
    '--model',
    'tiny8',
  ];

  it('counts what the server’s books have, and gets the engine’s own answers', async () => {
    await ttcbench('run', ...play, '--backend', 'openai', '--base-url', url, '--concurrency', '3', '--out', 'api');
    await ttcbench('run', ...play, '--backend', 'ggml', '--out', 'own');
    const trials = linesOf<Trial>(join(folder, 'api', 'journal-main.jsonl'));
    const records = trials.flatMap(({ counters }) => counters.calls);
    expect(records.length).toBeGreaterThanOrEqual(12);
    const lines = new Map(linesOf<Line>(books).map((line) => [line.id, line]));
    for (const { id, usage, outcome } of records) {
      const line = lines.get(id as string);
      expect(line).toMatchObject({ outcome, prompt_tokens: usage?.prompt, completion_tokens: usage?.completion });
    }
    const answers = (name: string) =>
      linesOf<Trial>(join(folder, name, 'journal-main.jsonl'))
        .map(({ cell, sample, answer }) => `${cell.policy_name} ${sample} ${answer?.text}`)
        .sort();
    expect(answers('api')).toEqual(answers('own'));
  });

  const prompts = ['What is 2 + 2?', 'Is the sky blue?', 'Name a month.'];
  const lines = prompts.map((prompt, id) => JSON.stringify({ id: `${id}`, prompt, reference: 'yes' }));
  // Its answers may have 512 tokens unless it is said otherwise.
  const mine = join(folder, 'mine.jsonl');
  const withDefaultLimit = ['--policy', 'baseline', '--benchmark', mine, '--model', 'tiny8'];

  it('learns its context, lowers the limit that nobody set, and refuses one that can never fit', async () => {
    writeFileSync(mine, lines.join('\n'));
    const api = ['--backend', 'openai', '--base-url', url];
    await ttcbench('run', ...withDefaultLimit, ...api, '--concurrency', '3', '--out', 'fitted');
    const trials = linesOf<Trial>(join(folder, 'fitted', 'journal-main.jsonl'));
    expect(trials.length).toBe(6);
    expect(trials.filter(({ status }) => status !== 'ok')).toEqual([]);
    const before = linesOf<Line>(books).length;
    const refused = ttcbench('run', ...withDefaultLimit, ...api, '--max-tokens', '500', '--out', 'refused');
    await expect(refused).rejects.toThrow(
      /--max-tokens 500: the longest prompt of mine.jsonl leaves \d+ of the 512 tokens/,
    );
    expect(linesOf<Line>(books).slice(before)).toEqual([]);
  });

  it('a call that is cancelled is on both sides with the tokens that arrived', async () => {
    const backend = await openOpenAiBackend({ model: 'tiny8', baseUrls: [url], apiKeyEnv: null, environment: env });
    try {
      const controller = new AbortController();
      const meter = createMeter();
      const messages = [{ role: 'user' as const, content: 'Which month had the most cases? April, May, April.' }];
      let ids = 0;
      const parts = backend.generate(
        { messages, maxTokens: 400, temperature: 2, seed: 5 },
        { signal: controller.signal, meter },
      );
      await (async () => {
        for await (const part of parts) {
          if (part.type === 'text') ids += part.ids?.length ?? 0;
          if (ids >= 2) controller.abort();
        }
      })().catch(() => undefined);
      const [record] = meter.counters.calls;
      const find = () => linesOf<Line>(books).find(({ id }) => id === record?.id);
      while (!find()) await new Promise((resolve) => setImmediate(resolve));
      const line = find();
      // Tokens that were on their way when the client left are on the server's side only.
      expect(record?.usage).toMatchObject({ method: 'usage', origin: 'server', prompt: line!.prompt_tokens });
      // What was read; the caller of a call that is left may not have seen all of it.
      expect(record?.usage?.completion).toBeGreaterThanOrEqual(ids);
      expect(record?.usage?.completion).toBeLessThanOrEqual(line!.sent_tokens);
      expect(line!.sent_tokens).toBeLessThanOrEqual(line!.completion_tokens);
    } finally {
      await backend[Symbol.asyncDispose]();
    }
  });

  it('ends politely, with whole books, and a finished run of a lowered limit is shown without it', async () => {
    const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve({ code, signal })));
    server.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(readFileSync(books, 'utf8').endsWith('}\n')).toBe(true);
    const api = ['--backend', 'openai', '--base-url', url, '--concurrency', '3'];
    await ttcbench('run', ...withDefaultLimit, ...api, '--out', 'fitted');
  });
});
