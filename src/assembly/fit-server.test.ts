import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ServerRoom } from '../backends/backend-entry.ts';
import { openOpenAiBackend } from '../backends/openai.ts';
import { loadConfig, type RunFlags } from '../config/index.ts';
import { TtcError } from '../core/index.ts';
import { fitToServer } from './fit-server.ts';
import { openBenchmarks } from './open-benchmarks.ts';
import { registries } from './registries.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-room-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'mine.jsonl');
const prompts = ['What is 2 + 2?', `Is it ${'very '.repeat(40)}blue?`];
writeFileSync(file, prompts.map((prompt, id) => JSON.stringify({ id: `${id}`, prompt, reference: 'yes' })).join('\n'));

/** A file's answers may have 512 tokens unless it is said otherwise. */
async function fitted(server: ServerRoom, flags: RunFlags = {}) {
  const given = { backend: 'openai', model: 'm', policy: ['baseline'], benchmark: [file], ...flags };
  const resolved = await loadConfig({ flags: given, registries, env: {} });
  const opened = await openBenchmarks(resolved.config.benchmarks);
  const { benchmarks, notes } = await fitToServer(resolved, opened, server);
  return { limit: benchmarks[0]!.played.maxTokens, planned: benchmarks[0]!.planned.maxTokens, notes };
}

/** A word a token, and three for each message. */
const words = async ({ messages }: Parameters<NonNullable<ServerRoom['promptTokens']>>[0]) =>
  messages.reduce((sum, { content }) => sum + content.split(' ').length + 3, 0);
const longest = (prompts[1] as string).split(' ').length + 3;

describe('a server that says its context', () => {
  it('and how long prompts are: the limit that nobody set is what the longest leaves', async () => {
    const found = await fitted({ model: 'm', context: 300, promptTokens: words });
    expect([found.limit, found.planned]).toEqual([300 - longest, 300 - longest]);
    expect(found.notes[0]).toMatch(/^mine\.jsonl: answers may have \d+ tokens, not 512: .* no more of the 300 tokens/);
  });

  it('room is left for what policies ask beside', async () => {
    const { limit } = await fitted({ model: 'm', context: 300, promptTokens: words }, { policy: ['early_exit_28'] });
    expect(limit).toBe(300 - longest - 32);
  });

  it('a limit that was set is kept where it fits, and refused where it does not', async () => {
    const room = { model: 'm', context: 300, promptTokens: words };
    expect((await fitted(room, { maxTokens: `${300 - longest}` })).notes).toEqual([]);
    await expect(fitted(room, { maxTokens: `${301 - longest}` })).rejects.toMatchObject({
      code: 'E_CONTEXT',
      help: expect.stringContaining(`--max-tokens ${300 - longest} fits`),
    });
  });

  it.each([
    ['nothing of prompts', undefined],
    ['the route for prompts is not there', () => Promise.reject(new TtcError('E_MODEL', 'answered 404'))],
  ])('and %s: the limit is lowered by an estimate, and one that was set is doubted', async (_, promptTokens) => {
    const room = { model: 'm', context: 400, ...(promptTokens && { promptTokens }) };
    const { limit, notes } = await fitted(room);
    expect(limit).toBeGreaterThan(200);
    expect(limit).toBeLessThan(400 - longest);
    expect(notes[0]).toMatch(/leaves about that many/);
    expect((await fitted(room, { maxTokens: '390' })).notes[0]).toMatch(/--max-tokens is 390: trials may fail$/);
    await expect(fitted(room, { maxTokens: '400' })).rejects.toMatchObject({ code: 'E_CONTEXT' });
  });

  it('or said it to a finished run: its limits are taken, and nothing is asked', async () => {
    const room = { model: 'm', limits: { 'mine.jsonl': 77 }, ask: () => Promise.reject(new Error('asked')) };
    expect(await fitted(room)).toEqual({ limit: 77, planned: 77, notes: [] });
    expect((await fitted({ model: 'm', limits: {} })).limit).toBe(512);
  });

  it('is left alone where everything fits', async () => {
    expect(await fitted({ model: 'm', context: 131_072 })).toMatchObject({ limit: 512, notes: [] });
  });
});

describe('a server that says nothing', () => {
  /** One that refuses what does not fit, in its words, and counts requests that were for the run's limit. */
  async function refusing(refusal: (limit: number) => string | undefined) {
    const asked: number[] = [];
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      if (request.method === 'GET') return void response.writeHead(404).end();
      const body = JSON.parse(text) as { max_tokens: number; stream?: boolean };
      if (body.max_tokens > 100) asked.push(body.max_tokens);
      const message = refusal(body.max_tokens);
      response.writeHead(message === undefined ? 200 : 400, { 'content-type': 'application/json' });
      if (message !== undefined) return void response.end(JSON.stringify({ error: { message, code: 400 } }));
      const answer = { message: { role: 'assistant', content: 'one, two, three, four, five' }, finish_reason: 'stop' };
      response.end(JSON.stringify({ choices: [answer], usage: { prompt_tokens: 9, completion_tokens: 9 } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrls = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`];
    const backend = await openOpenAiBackend({ model: 'm', baseUrls, apiKeyEnv: null, environment: {} });
    return {
      asked,
      room: backend.room,
      async [Symbol.asyncDispose]() {
        await backend[Symbol.asyncDispose]();
        server.closeAllConnections();
        server.close();
      },
    };
  }

  it('is asked one call: its refusal says the context, and the limit follows', async () => {
    await using server = await refusing((limit) =>
      limit > 200
        ? `This model's maximum context length is 300 tokens. However, you requested ${limit + 60} tokens (60 in the messages, ${limit} in the completion).`
        : undefined,
    );
    const { limit, notes } = await fitted(server.room);
    expect(limit).toBe(240);
    expect(notes[0]).toMatch(/not 512: the longest prompt leaves about that many of the 300 tokens/);
    expect(server.asked).toEqual([512]);
  });

  it('a refusal without a number ends the run before its first trial, in the server’s words', async () => {
    await using server = await refusing((limit) =>
      limit > 200 ? 'the request exceeds the available context size. try increasing the context size' : undefined,
    );
    await expect(fitted(server.room)).rejects.toMatchObject({
      code: 'E_CONTEXT',
      message: expect.stringMatching(/no room for the longest prompt and 512 tokens of an answer: .*available context/),
      help: expect.stringContaining('lower --max-tokens'),
    });
  });

  it('one that takes the call is left alone', async () => {
    await using server = await refusing(() => undefined);
    expect(await fitted(server.room)).toMatchObject({ limit: 512, notes: [] });
    expect(server.asked).toEqual([512]);
  });
});
