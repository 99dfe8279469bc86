/** Every variant for a long time: aborts at random moments free everything, and memory stays flat. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGgmlBackend } from '../../src/backends/ggml.ts';
import { type AnyPolicy, createMeter, createRandom, type Generate } from '../../src/core/index.ts';
import { policies } from '../../src/policies/index.ts';
import { type BenchEngine, openTiny8, tiny8, tinySamples } from '../contract/bench-engine.ts';
import { callOf, open } from '../contract/contract.ts';

const variants = policies.flatMap((policy: AnyPolicy) =>
  policy.engine ? Object.entries(policy.variants).map(([name, params]) => ({ name, policy, params })) : [],
);

describe('aborted at 200 random moments', () => {
  let engine: BenchEngine;
  beforeAll(async () => {
    engine = await openTiny8();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it.each(variants)('$name frees its sequences', async ({ policy, params }) => {
    const generate = await open(policy, params as Record<string, unknown>, engine);
    const random = createRandom(11);
    for (let call = 0; call < 200; call++) {
      const controller = new AbortController();
      const until = Math.floor(random() * 12);
      const turns = Math.floor(random() * 6);
      let parts = 0;
      try {
        // Before the first part the moment is counted in turns of the event loop, then in parts.
        if (until === 0) for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        if (until === 0) controller.abort();
        for await (const _ of generate(callOf(call % 38), { signal: controller.signal, meter: createMeter() })) {
          if (++parts === until) controller.abort();
        }
      } catch {
        // An aborted call may end with an error; what counts is what it leaves.
      }
      expect(engine.openSequences, `after abort ${call}`).toBe(0);
    }
  });
});

describe('100 calls', () => {
  it.each(variants)('under $name grow the engine by at most 16 MiB after the 20th', async ({ name, params }) => {
    const backend = await openGgmlBackend({ model: 'tiny8', path: tiny8, sha256: 'unchecked', threads: 1 });
    await using _backend = backend;
    const generate = await backend.realise({ name }, { ...params });
    const memory = () => {
      const status = readFileSync(`/proc/${backend.pid()}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    };
    let after20 = 0;
    for (let call = 1; call <= 100; call++) {
      await drain(generate, call);
      if (call === 20) after20 = memory();
    }
    const grown = memory() - after20;
    console.info(`${name}: ${after20.toFixed(1)} MiB after 20 calls, ${grown.toFixed(1)} MiB more after 100`);
    expect(grown).toBeLessThanOrEqual(16);
  });
});

async function drain(generate: Generate, call: number): Promise<void> {
  const prompt = tinySamples[(call * 7) % tinySamples.length]!.prompt;
  const request = { messages: [{ role: 'user' as const, content: prompt }], maxTokens: 24, temperature: 0, seed: call };
  for await (const _ of generate(request, { signal: new AbortController().signal, meter: createMeter() }));
}
