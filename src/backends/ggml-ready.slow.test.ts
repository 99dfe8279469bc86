/** A realisation that is ready: warm in a live process, whatever happened to the one before. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Call, createMeter, type Generate, type Part } from '../core/index.ts';
import { createHostProxy } from '../host/proxy.ts';

const asset = (name: string) => fileURLToPath(new URL(`../../assets/tiny8/${name}`, import.meta.url));
const path = asset('tiny8-Q8_0.gguf');
const samples = readFileSync(asset('samples.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const call: Call = { messages: [{ role: 'user', content: samples[0].prompt }], maxTokens: 64, temperature: 0, seed: 1 };

async function play(generate: Generate, onPart: (part: Part) => void = () => undefined) {
  const meter = createMeter();
  const ids: number[] = [];
  for await (const part of generate(call, { signal: new AbortController().signal, meter })) {
    if (part.type === 'text') ids.push(...(part.ids ?? []));
    onPart(part);
  }
  return { ids, sums: meter.counters.sums };
}

describe('a realisation that is ready', () => {
  const module = fileURLToPath(new URL('../../test/support/witness-policy.mjs', import.meta.url));
  const { signal } = new AbortController();
  const own = (changes = {}) => createHostProxy({ modelPath: path, threads: 1, prefill: 'flash', ...changes });
  const told = async (generate: Generate) => {
    const texts: string[] = [];
    const { sums } = await play(generate, (part) => part.type === 'text' && texts.push(part.text));
    return { seen: JSON.parse(texts.join('')), sums };
  };

  it('was warmed up once per process, by a prompt of ours, outside of what is measured', async () => {
    await using proxy = own();
    const generate = await proxy.realise({ module }, {});
    await generate.ready?.(signal);
    await generate.ready?.(signal);
    const { seen, sums } = await told(generate);
    // Another opening, closed again: the one that is measured has seen no call.
    expect(seen).toMatchObject({ opened: 2, closed: 1, calls: 2, ownCalls: 1 });
    expect(samples.map(({ prompt }) => prompt)).not.toContain(seen.first);
    expect(seen.first).toMatch(/Good morning/);
    expect(sums).toMatchObject({ completion_tokens: 1 });
    await generate.ready?.(signal);
    expect((await told(generate)).seen).toMatchObject({ calls: 3, ownCalls: 2 });
  });

  it('has a live process again before the next call is sent, and is warm in it', async () => {
    await using proxy = own();
    const generate = await proxy.realise({ module }, {});
    await generate.ready?.(signal);
    const before = proxy.pid() as number;
    process.kill(before, 'SIGKILL');
    await expect(play(generate)).rejects.toMatchObject({ code: 'E_ENGINE_DIED' });
    await generate.ready?.(signal);
    const after = proxy.pid();
    expect(after).not.toBe(before);
    expect((await told(generate)).seen).toMatchObject({ opened: 2, calls: 2, ownCalls: 1 });
    expect(proxy.pid()).toBe(after);
  });

  it.each(['deadly', 'broken'])('stands even where the warm-up is %s', async (params) => {
    await using proxy = own();
    const generate = await proxy.realise({ module }, { [params]: true });
    await generate.ready?.(signal);
    expect((await told(generate)).seen).toMatchObject({ ownCalls: 1 });
  });

  it.each(['open', 'warmUp'])('is given up with its process where its %s never ends', async (hangs) => {
    await using proxy = own();
    const patience = new AbortController();
    const hanging = (async () => {
      const generate = await proxy.realise({ module }, { hangs }, patience.signal);
      await generate.ready?.(patience.signal);
    })();
    hanging.catch(() => undefined);
    const baseline = await proxy.realise({ name: 'baseline' }, {});
    await baseline.ready?.(signal);
    const before = proxy.pid();
    patience.abort();
    // Nobody waits for the process that goes: the next call has a new one.
    await baseline.ready?.(signal);
    expect(proxy.pid()).not.toBe(before);
    await expect(hanging).rejects.toBeDefined();
    expect((await play(baseline)).ids).toEqual(samples[0].greedy_ids);
  });
});
