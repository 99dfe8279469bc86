/** Servers that keep prompts: what a run asks of them, and what its report says. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { renderMarkdown } from '../src/report/index.ts';
import { readRun } from '../src/store/read-run.ts';
import { loadConfig, startRun } from '../src/ttcbench/index.ts';
import {
  type ChatBody,
  chunk,
  type ForeignServer,
  json,
  plainAnswer,
  sse,
  startForeign,
  stream,
} from './support/foreign-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-cache-'));
const servers: ForeignServer[] = [];
process.env.TTCBENCH_CACHE = join(folder, 'cache');
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As vLLM does: prompts that were seen under the same salt come out of the cache. */
async function caching(owner: string): Promise<ForeignServer> {
  const seen = new Set<string>();
  const server = await startForeign({
    models: (_, response) => json(response, 200, { data: [{ id: 'm', owned_by: owner }] }),
    chat(body: ChatBody, response) {
      if (body.stream !== true) return plainAnswer(body, response);
      const prompt = JSON.stringify([body.cache_salt, body.messages]);
      const cached = seen.has(prompt) ? 80 : 0;
      seen.add(prompt);
      const usage = { prompt_tokens: 100, completion_tokens: 2, total_tokens: 102 };
      stream(response, [
        ...[chunk({ content: 'One' }), chunk({ content: ', two' }), chunk({}, 'stop')],
        sse({ choices: [], usage: { ...usage, prompt_tokens_details: { cached_tokens: cached } } }),
        sse('[DONE]'),
      ]);
    },
  });
  servers.push(server);
  return server;
}

async function play(server: ForeignServer, name: string, set: string[] = []) {
  const flags = {
    ...{ policy: ['baseline'], benchmark: ['extract'], samples: '4', maxTokens: '40', backend: 'openai' },
    ...{ baseUrl: [server.url], out: join(folder, name), set },
  };
  const resolved = await loadConfig({ flags, env: {}, folder });
  const result = await startRun({ resolved, report: 'folder' });
  const { checks } = JSON.parse(readFileSync(join(folder, name, 'run.json'), 'utf8'));
  // Trials ask for 40 tokens, probes for fewer; only whether the longest prompt fits is asked as a trial would ask, first.
  const [fits, ...asked] = server.seen.bodies.filter((body) => (body.max_completion_tokens ?? body.max_tokens) === 40);
  expect(asked).toHaveLength(8);
  return { report: result.report!, checks, asked, fits };
}

describe('a server that keeps prompts', () => {
  it('is asked to go without, every time anew, and the report says so', async () => {
    const { report, checks, asked } = await play(await caching('vllm'), 'cold');
    expect(new Set(asked.map(({ cache_salt }) => cache_salt)).size).toBe(8);
    expect(checks.cache).toEqual({ asked: 'cold', by: 'cache_salt' });
    expect(report.cells.map(({ metrics }) => metrics.cached_share?.mean)).toEqual([0, 0]);
    expect(report.run.notes).toContainEqual(expect.stringMatching(/not to use its own \(cache_salt\)/));
    expect(report.warnings.filter((line) => line.includes('cache'))).toEqual([]);
  });

  it('is left as it is where that is asked, and cells that it served otherwise are marked', async () => {
    const { report, checks, asked } = await play(await caching('vllm'), 'as-is', ['prompt_cache=as-is']);
    expect(asked.some((body) => 'cache_salt' in body)).toBe(false);
    expect(checks.cache).toEqual({ asked: 'as-is' });
    const shares = report.cells.map(({ metrics }) => metrics.cached_share?.mean ?? 0);
    // Each of four prompts comes again once. The question whether the longest fits warms none.
    expect(shares[0]! + shares[1]!).toBeCloseTo(0.8, 6);
    expect(report.run.notes).toContainEqual(expect.stringMatching(/left to use its own/));
    const markdown = renderMarkdown(report);
    expect(markdown).toMatch(/\| cached +\|/);
    if (Math.abs(shares[0]! - shares[1]!) > 0.05)
      expect(report.warnings).toContainEqual(expect.stringMatching(/^baseline_again on extract: \d+ % .* cache/));
  });

  it('that offers no way says so in the report; more fields go out, and others do not', async () => {
    const set = ['extra={top_a: 0.2}', 'omit=[seed]'];
    const { report, checks, asked } = await play(await caching('me'), 'other', set);
    expect(checks.cache).toEqual({ asked: 'cold', by: null });
    expect(report.run.notes).toContainEqual(expect.stringMatching(/offers no way/));
    for (const body of asked) {
      expect(body).toMatchObject({ top_a: 0.2 });
      expect(body).not.toHaveProperty('seed');
    }
  });
});

describe('the state of the cache', () => {
  it('warm: each prompt is sent once with one token before it counts, and every cell finds it', async () => {
    const server = await caching('vllm');
    const { report, checks, asked, fits } = await play(server, 'warm', ['prompt_cache=warm']);
    expect(checks.cache).toEqual({ asked: 'warm' });
    expect(report.cells.map(({ metrics }) => metrics.cached_share?.mean)).toEqual([0.8, 0.8]);
    const prompts = new Set(asked.map(({ messages }) => JSON.stringify(messages)));
    const ofTrials = server.seen.bodies.filter((body) => body !== fits && prompts.has(JSON.stringify(body.messages)));
    expect(ofTrials.map(({ max_completion_tokens: limit }) => limit)).toEqual(expect.arrayContaining(Array(8).fill(1)));
    expect(ofTrials).toHaveLength(16);
    expect(report.cells.map(({ metrics }) => metrics.completion_tokens?.n)).toEqual([4, 4]);
    expect(report.run.notes).toContainEqual(expect.stringMatching(/sent once before it counted/));
  });
  it('warm is refused at a set rate', async () => {
    const flags = { policy: ['baseline'], backend: 'openai', rps: '5', duration: '2', promptCache: 'warm' };
    await expect(loadConfig({ flags, env: {}, folder })).rejects.toThrow(/warm/);
  });
  it('cold where the server offers no way: between two calls with one prompt lie those of all other samples', async () => {
    const { asked } = await play(await caching('me'), 'apart', ['concurrency=1']);
    const prompts = asked.map(({ messages }) => JSON.stringify(messages));
    for (const [at, prompt] of prompts.entries()) {
      const next = prompts.indexOf(prompt, at + 1);
      if (next >= 0) expect(next - at).toBe(4);
    }
  });
});

describe('reasoning between tags', () => {
  const thinking = () =>
    startForeign({
      chat: (body, response) =>
        body.stream !== true
          ? plainAnswer(body, response)
          : stream(response, [
              ...[chunk({ content: '<think>hm' }), chunk({ content: '</think>yes' }), chunk({}, 'stop'), sse('[DONE]')],
            ]),
    });
  it.each([
    ['is dropped', [], 'yes'],
    ['is kept where that is asked', ['reasoning=keep'], '<think>hm</think>yes'],
  ])('%s', async (name, set, answer) => {
    const server = await thinking();
    servers.push(server);
    await play(server, name, set);
    for (const trial of readRun(join(folder, name)).trials()) expect(trial.answer?.text).toBe(answer);
  });

  it('a request keeps what is its own', async () => {
    const flags = { policy: ['baseline'], backend: 'openai', set: ['extra={stream: false}'] };
    await expect(loadConfig({ flags, env: {}, folder })).rejects.toThrow(/without model, messages, stream/);
  });
});
