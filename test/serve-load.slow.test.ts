/** The server under load: nobody starves, answers stay those of one by one, memory stays where it is. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedModel } from '../src/serve/index.ts';
import { openTiny, post, serving } from './support/serving.ts';

let model: OpenedModel;
beforeAll(async () => {
  model = await openTiny({ slots: 8, batchTokens: 8192 });
});
afterAll(() => model?.[Symbol.asyncDispose]());

const prompts = readFileSync(new URL('../assets/tiny8/samples.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => [{ role: 'user', content: (JSON.parse(line) as { prompt: string }).prompt }]);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const bodyOf = (at: number) => ({
  model: 'tiny8',
  messages: prompts[at % prompts.length],
  max_tokens: 24,
  temperature: at % 2,
  seed: at,
});

async function ask(url: string, at: number): Promise<string> {
  const response = await post(url, bodyOf(at));
  expect(response.status).toBe(200);
  return ((await response.json()) as { choices: [{ message: { content: string } }] }).choices[0].message.content;
}

const residentOf = (pid: number | undefined) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** `SERVE_SECONDS=60` plays the long form. */
const seconds = Number(process.env.SERVE_SECONDS ?? 15);

describe('load', () => {
  it('of 32 clients for a while: each is served as often as the others, with the answers of one by one', async () => {
    await using server = await serving([model], { maxQueue: 64 });
    const kinds = 32;
    const alone: string[] = [];
    for (let at = 0; at < kinds; at++) alone.push(await ask(server.url, at));
    const end = performance.now() + seconds * 1000;
    const served = await Promise.all(
      Array.from({ length: 32 }, async (_, client) => {
        let count = 0;
        for (let at = client * 7; performance.now() < end; at++) {
          expect(await ask(server.url, at % kinds)).toBe(alone[at % kinds]);
          count++;
        }
        return count;
      }),
    );
    const total = served.reduce((sum, count) => sum + count, 0);
    // First come, first served: nobody can fall far behind.
    expect(Math.min(...served)).toBeGreaterThan(0.5 * (total / served.length));
    expect(server.entries.every(({ outcome }) => outcome === 'ok')).toBe(true);
  }, 300_000);

  it.skipIf(process.platform !== 'linux')(
    'of 2,600 requests leaves the engine’s memory and the server’s where they were',
    async () => {
      await using server = await serving([model]);
      const send = async (count: number) => {
        let next = 0;
        const client = async () => {
          while (next < count) {
            const at = next++;
            const leaver = new AbortController();
            // Every tenth goes before its answer is there.
            if (at % 10 === 9) setImmediate(() => leaver.abort());
            await post(server.url, { ...bodyOf(at), max_tokens: 3, stream: at % 3 === 0 }, {}, leaver.signal)
              .then((response) => response.text())
              .catch(() => undefined);
          }
        };
        await Promise.all(Array.from({ length: 8 }, client));
      };
      const memory = async () => {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
        collect();
        return { engine: residentOf(model.pid()), heap: process.memoryUsage().heapUsed };
      };
      // Fills the server's list of the newest thousand requests, and compiles what is compiled late.
      await send(1100);
      let before = await memory();
      const grown: (typeof before)[] = [];
      for (let stretch = 0; stretch < 3; stretch++) {
        await send(500);
        const after = await memory();
        grown.push({ engine: after.engine - before.engine, heap: after.heap - before.heap });
        before = after;
      }
      // What is lost with each request is lost in every stretch: a kilobyte each would be 0.5 MB. Late compilation and the
      // collector's own moods move single stretches by megabytes.
      expect(Math.min(...grown.map(({ engine }) => engine)), JSON.stringify(grown)).toBeLessThan(2 * 2 ** 20);
      expect(Math.min(...grown.map(({ heap }) => heap)), JSON.stringify(grown)).toBeLessThan(2 ** 19);
    },
    600_000,
  );
});
