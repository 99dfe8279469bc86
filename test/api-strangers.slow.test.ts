/** Runs against servers that are not ours, as a user types them: the built program, its files and its terminal. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { Trial } from '../src/core/index.ts';
import {
  chunk,
  type ForeignOptions,
  json,
  plainAnswer,
  sse,
  startForeign,
  stream,
  usage,
} from './support/foreign-server.ts';

const bin = fileURLToPath(new URL('../bin/ttcbench.js', import.meta.url));
const closing: (() => PromiseLike<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Played {
  code: number;
  /** All that was printed. */
  printed: string;
  trials: Trial[];
  /** All files of the run's place. */
  files: string[];
}

async function play(
  options: ForeignOptions,
  more: { words?: string[]; env?: Record<string, string>; url?(url: string): string; shell?: string } = {},
): Promise<Played> {
  const server = await startForeign(options);
  const place = mkdtempSync(join(tmpdir(), 'ttcbench-strangers-'));
  closing.push(server.close, () => rmSync(place, { recursive: true, force: true }));
  const words = [
    'run',
    '--backend',
    'openai',
    '--base-url',
    more.url?.(server.url) ?? server.url,
    '--policy',
    'baseline',
    '--benchmark',
    'extract',
  ];
  const all = [
    ...words,
    '--samples',
    '3',
    '--max-tokens',
    '8',
    '--concurrency',
    '2',
    '--out',
    'run',
    ...(more.words ?? []),
  ];
  const env = { PATH: process.env.PATH, HOME: place, NO_COLOR: '1', TTCBENCH_CACHE: join(place, 'cache'), ...more.env };
  const command =
    more.shell === undefined
      ? [process.execPath, bin, ...all]
      : ['bash', '-c', `${more.shell}; exec "$0" "$@"`, process.execPath, bin, ...all];
  const { code, printed } = await new Promise<Pick<Played, 'code' | 'printed'>>((resolve) => {
    execFile(command[0]!, command.slice(1), { cwd: place, env, timeout: 60_000 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 99) : 0, printed: out + err }),
    );
  });
  const files = readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  let trials: Trial[] = [];
  try {
    trials = readFileSync(join(place, 'run', 'journal-main.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Trial);
  } catch {}
  return { code, printed, trials, files };
}
const answer: NonNullable<ForeignOptions['chat']> = (body, response) =>
  body.stream
    ? stream(response, [
        chunk({ content: 'Hello' }),
        chunk({ content: ' you' }),
        chunk({}, 'stop'),
        usage(5, 2),
        sse('[DONE]'),
      ])
    : plainAnswer(body, response);

describe('a run', () => {
  it.each(['-1', '0', 'unlimited'])('is not held up by a limit of %s', async (limit) => {
    const headers = {
      'x-ratelimit-limit-tokens': limit,
      'x-ratelimit-remaining-tokens': limit,
      'x-ratelimit-reset-tokens': '0',
    };
    const { code, trials } = await play({
      chat: (_, response) =>
        stream(response, [chunk({ content: 'Hello' }, 'stop'), usage(5, 1), sse('[DONE]')], headers),
    });
    expect([code, trials.length]).toEqual([0, 6]);
  });

  it.each<[string, Record<string, string>]>([
    ['HTTP_PROXY=host:port', { HTTP_PROXY: '127.0.0.1:9' }],
    ['a SOCKS proxy', { HTTP_PROXY: 'socks5h://127.0.0.1:9', HTTPS_PROXY: 'socks5h://127.0.0.1:9' }],
    ['a damaged proxy', { http_proxy: ':::' }],
  ])('on this machine needs no proxy: %s', async (_, env) => {
    expect((await play({ chat: answer }, { env })).code).toBe(0);
  });

  it('through a proxy that cannot be used is one line with help', async () => {
    const { code, printed } = await play(
      {},
      { url: () => 'http://far.example/v1', env: { HTTP_PROXY: 'socks5://me:hushhush@127.0.0.1:9' } },
    );
    expect(code).toBe(1);
    expect(printed).toMatch(/^E_CONNECT: HTTP_PROXY names a SOCKS proxy.*\n {2}help: .*NO_PROXY.*\n$/);
    expect(printed).not.toContain('hushhush');
  });

  it.each(['subscription-key', 'code'])('leaves a key of its URL nowhere (%s)', async (name) => {
    const secret = 'hushhush0123456789';
    const { code, printed, files, trials } = await play(
      {
        chat(body, response, { isProbe }) {
          if (isProbe) return plainAnswer(body, response);
          response.writeHead(404, { 'content-type': 'text/html' });
          response.end(`<html><p>The requested URL /v1/chat/completions?${name}=${secret} was not found</html>`);
        },
      },
      { url: (url) => `${url}?${name}=${secret}` },
    );
    expect([code, trials.length]).toEqual([3, 6]);
    for (const text of [printed, ...files]) expect(text).not.toContain(secret);
  });

  it('shows what a server says as one plain line', async () => {
    const message = 'bad\n\nmodel group failed\n\u001b[31mred\u001b[0m';
    const { printed, files, trials } = await play({
      chat: (body, response, { isProbe }) =>
        isProbe ? plainAnswer(body, response) : json(response, 400, { error: { message } }),
    });
    expect(trials.map(({ error }) => error?.message.includes('bad model group failed \\u001b[31mred'))).toEqual(
      Array(6).fill(true),
    );
    // Parquet is no text.
    const texts = files.filter((text) => !text.startsWith('PAR1'));
    for (const text of [printed, ...texts]) expect(text).not.toContain('\u001b');
  });

  it('with fewer files than calls loses nothing and prints no stack', async () => {
    const chat: ForeignOptions['chat'] = (body, response) =>
      void setTimeout(() => answer(body, response, { isProbe: false, chats: 0 }), 50);
    const words = ['--samples', '24', '--repeats', '4', '--concurrency', '150'];
    const { code, printed, trials } = await play({ chat }, { words, shell: 'ulimit -n 160' });
    expect(printed).not.toMatch(/\n {4}at /);
    expect(printed).toMatch(/in doubt: \d+ requests waited for a file handle/);
    expect([code, trials.filter(({ status }) => status === 'ok').length]).toEqual([0, 192]);
  });

  it('counts reasoning beside the completion, and zero usage not at all', async () => {
    const details = {
      prompt_tokens: 20,
      completion_tokens: 5,
      total_tokens: 35,
      completion_tokens_details: { reasoning_tokens: 10 },
    };
    const thoughts = Array.from({ length: 10 }, (_, i) => chunk({ reasoning_content: ` r${i}` }));
    const words = Array.from({ length: 5 }, (_, i) => chunk({ content: ` w${i}` }));
    const beside = await play({
      chat: (_, response) =>
        stream(response, [
          ...thoughts,
          ...words,
          chunk({}, 'stop'),
          sse({ choices: [], usage: details }),
          sse('[DONE]'),
        ]),
    });
    expect(beside.trials.map(({ turns }) => [turns[0]!.completion_tokens, turns[0]!.reasoning_tokens])).toEqual(
      Array(6).fill([15, 10]),
    );
    const zero = await play({
      chat: (_, response) => stream(response, [...words, chunk({}, 'stop'), usage(0, 0), sse('[DONE]')]),
    });
    expect(zero.trials.map(({ turns }) => [turns[0]!.completion_tokens, turns[0]!.origin])).toEqual(
      Array(6).fill([5, 'estimate']),
    );
  });
});
