/** Servers that say the key back: it may come into no file of a run, whatever field it stands in. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Trial } from '../src/core/index.ts';
import { readRun } from '../src/store/read-run.ts';
import { loadConfig, startRun } from '../src/ttcbench/index.ts';
import { type ChatBody, chunk, type ForeignServer, json, sse, startForeign, stream } from './support/foreign-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-echo-'));
const servers: ForeignServer[] = [];
process.env.TTCBENCH_CACHE = join(folder, 'cache');
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Said = (header: string) => string[];

async function echoing(said: Said, status = 200): Promise<ForeignServer> {
  const server: ForeignServer = await startForeign({
    models: (_, response) => json(response, 200, { data: [{ id: 'm', owned_by: 'me' }] }),
    chat(body: ChatBody, response) {
      const header = String(server.seen.headers.at(-1)?.authorization ?? 'none');
      if (body.stream !== true || body.max_tokens !== 40)
        return json(response, 200, { choices: [{ index: 0, message: { content: 'One' }, finish_reason: 'stop' }] });
      if (status !== 200)
        return json(response, status, { error: { message: `wrong: ${header}`, code: header, param: header } });
      stream(response, [...said(header), sse('[DONE]')], { 'x-request-id': header });
    },
  });
  servers.push(server);
  return server;
}

async function play(server: ForeignServer, name: string, key: string) {
  process.env.ECHO_KEY = key;
  const notes: string[] = [];
  const events: string[] = [];
  const flags = {
    ...{ policy: ['baseline'], benchmark: ['extract'], samples: '2', maxTokens: '40', backend: 'openai' },
    ...{
      baseUrl: [server.url],
      apiKeyEnv: 'ECHO_KEY',
      out: join(folder, name),
      record: join(folder, `${name}.cassette`),
    },
  };
  const resolved = await loadConfig({ flags, env: {}, folder });
  await startRun({
    resolved,
    report: 'folder',
    onNote: (sentence) => notes.push(sentence),
    onEvent: (event) => events.push(JSON.stringify(event)),
  });
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')] as const);
  expect(files.map(([file]) => file)).toEqual(expect.arrayContaining(['journal-main.jsonl', 'metrics_report.md']));
  const told = [...files, ...notes.map((note) => ['note', note] as const), ...events.map((e) => ['event', e] as const)];
  const spellings = [
    key,
    JSON.stringify(key).slice(1, -1),
    encodeURIComponent(key),
    Buffer.from(key).toString('base64'),
  ];
  const leaks = told.filter(([, text]) => spellings.some((one) => text.includes(one))).map(([file]) => file);
  const trials = [...readRun(join(folder, name)).trials()] as Trial[];
  return { leaks, notes, trials };
}

const keys: [string, string][] = [
  ['plain', 'sekret-0123456789-abcdefghij'],
  ['with characters of regular expressions', 'a(b[c.*+?^$}{|]\\d)/$&-0123456789'],
];
const finished = chunk({}, 'stop', { usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } });
const piece = (text: string, from: number, to?: number) => text.slice(from, to);

describe.each(keys)('a key %s', (kind, key) => {
  const ways: [string, Said, string?][] = [
    ['the answer', (header) => [chunk({ content: `You sent ${header}!` }), finished], 'You sent Bearer [key]!'],
    [
      'two pieces of the answer',
      (header) => [
        chunk({ content: `You sent ${piece(header, 0, 15)}` }),
        chunk({ content: `${piece(header, 15)}!` }),
        finished,
      ],
      'You sent Bearer [key]!',
    ],
    [
      'single characters',
      (header) => [...`You sent ${header}!`].map((content) => chunk({ content })).concat(finished),
      'You sent Bearer [key]!',
    ],
    [
      'an answer with reasoning in the middle of the key',
      (header) => [
        chunk({ content: `You sent ${piece(header, 0, 15)}` }),
        chunk({ reasoning_content: 'hm' }),
        ...[chunk({ content: `${piece(header, 15)}!` }), finished],
      ],
      'You sent Bearer [key]!',
    ],
    [
      'an answer that breaks off in it',
      (header) => [chunk({ content: `You sent ${header.slice(0, -3)}` }), finished],
      'You sent Bearer [key]',
    ],
    ['reasoning', (header) => [chunk({ reasoning_content: header }), chunk({ content: 'x' }), finished], 'x'],
    [
      'a tool call',
      (header) => [
        chunk({
          tool_calls: [
            {
              index: 0,
              id: header,
              function: { name: header, arguments: `{"a":${JSON.stringify(header).slice(0, 16)}` },
            },
          ],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: `${JSON.stringify(header).slice(16)}}` } }] }),
        chunk({}, 'tool_calls'),
      ],
    ],
    [
      'the id, model and finish reason',
      (header) => [chunk({ content: 'x' }, null, { id: header, model: header }), chunk({}, header)],
      'x',
    ],
    [
      'an error in the stream',
      (header) => [chunk({ content: 'x' }), sse({ error: { message: header, code: header, type: header } })],
    ],
    ['words that are no JSON', (header) => [`data: ${header}\n\n`]],
    ['the name of an event', (header) => [`event: ${header}\ndata: {"error":"${piece(header, 0, 4)}"}\n\n`]],
  ];
  it.each(ways)('in %s comes into no file and no event', async (way, said, answer) => {
    const server = await echoing(said);
    const { leaks, notes, trials } = await play(server, `${kind} ${way}`, key);
    expect(server.seen.headers.at(-1)?.authorization).toBe(`Bearer ${key}`);
    expect(leaks).toEqual([]);
    expect(trials).toHaveLength(4);
    if (answer !== undefined) expect(trials.map((trial) => trial.answer?.text)).toEqual(Array(4).fill(answer));
    if (way === 'the answer') expect(notes.join()).toMatch(/held the API key/);
  });

  it('in a refusal comes into no file and no event', async () => {
    const { leaks } = await play(await echoing(() => [], 400), `${kind} refusal`, key);
    expect(leaks).toEqual([]);
  });
});

it('a key that is a word of everyday is left in answers: it would change their scores', async () => {
  const { trials } = await play(await echoing(() => [chunk({ content: 'an empty page' }), finished]), 'word', 'empty');
  expect(trials[0]?.answer?.text).toBe('an empty page');
});
