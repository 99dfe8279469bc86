/** What a call is charged in CPU time: the whole of it, whoever computes. */
import { describe, expect, it } from 'vitest';
import { type Call, type Context, type Generate, now } from '../core/index.ts';
import { createCpuAccount } from './cpu-account.ts';
import { serve } from './serve.ts';

const call: Call = { messages: [], maxTokens: 1, temperature: 0, seed: 1 };
const { signal } = new AbortController();
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Computes until the process has spent this much CPU time; how much it was. */
function compute(milliseconds: number): number {
  const before = cpu();
  while (cpu() - before < milliseconds) Math.sqrt(cpu());
  return cpu() - before;
}

const computing = (work: (context: Context) => void): Generate =>
  async function* generate(_, context) {
    work(context);
    yield { type: 'end', at: now(), reason: 'stop' };
  };
const counters = async (generate: Generate, account = createCpuAccount()) =>
  (await serve(generate, call, signal, () => undefined, account)).counters.sums as Record<string, number>;

describe('call_cpu_ms', () => {
  it('holds what a policy computes outside of the engine', async () => {
    const { call_cpu_ms, cpu_ms } = await counters(computing(() => compute(30)));
    expect(cpu_ms).toBeUndefined();
    expect(call_cpu_ms).toBeGreaterThanOrEqual(30);
  });

  it('holds no building of graphs', async () => {
    const sums = await counters(computing(({ meter }) => meter.add('graph_cpu_ms', compute(60))));
    expect(sums.call_cpu_ms).toBeLessThan(30);
  });

  it('of calls that share the process is all of it, and none of it twice', async () => {
    const account = createCpuAccount();
    let spent = 0;
    const work =
      (engine: number) =>
      ({ meter }: Context) => {
        spent += compute(20);
        meter.add('cpu_ms', engine);
      };
    const before = cpu();
    const both = await Promise.all([2, 12].map((engine) => counters(computing(work(engine)), account)));
    const charged = both.reduce((sum, { call_cpu_ms }) => sum + (call_cpu_ms as number), 0);
    expect(charged).toBeGreaterThanOrEqual(spent);
    expect(charged).toBeLessThanOrEqual(cpu() - before);
  });

  it('is told of a call that failed, too', async () => {
    const failing = computing(() => {
      compute(10);
      throw new Error('no');
    });
    expect((await counters(failing)).call_cpu_ms).toBeGreaterThanOrEqual(10);
  });
});

describe('a CPU account', () => {
  it('divides what the engine did not charge among those present, to the last millisecond', () => {
    let clock = 100;
    const engine = [0, 0];
    const { enter } = createCpuAccount(() => clock);
    clock += 50; // nobody's
    const first = enter(() => engine[0] as number);
    clock += 10; // the first's
    const second = enter(() => engine[1] as number);
    clock += 20; // 8 of the engine, 12 of both
    engine[0] = 6;
    engine[1] = 2;
    expect(first()).toBe(10 + 6);
    clock += 5; // 1 of the engine, 4 of the second
    engine[1] = 3;
    expect(second()).toBe(6 + 4);
  });
});
