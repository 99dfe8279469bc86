/** Whom an abort costs what, over a process that speaks the engine's protocol and answers as the test says. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Call, createMeter, type Generate, now } from '../core/index.ts';
import { connect } from './child.ts';
import type { FromHost, ToHost } from './protocol.ts';
import { createHostProxy } from './proxy.ts';

const grace = 10_000;
const call: Call = { messages: [{ role: 'user', content: 'x' }], maxTokens: 9, temperature: 0, seed: 1 };

class FakeProcess extends EventEmitter {
  connected = true;
  pid = 1;
  signals: unknown[] = [];
  got: ToHost[] = [];
  send(message: ToHost): boolean {
    this.got.push(message);
    if (message.type === 'open') this.say({ type: 'opened', realisation: message.realisation });
    return true;
  }
  kill(signal: NodeJS.Signals): boolean {
    this.signals.push(signal);
    this.connected = false;
    this.emit('exit', null, signal);
    return true;
  }
  say(message: FromHost): void {
    this.emit('message', message);
  }
  calls = () => this.got.flatMap((message) => (message.type === 'call' ? [message.id] : []));
  part = (id: number) =>
    this.say({ type: 'part', id, part: { type: 'text', at: now(), text: 'a', channel: 'answer' } });
  end = (id: number) => this.say({ type: 'end', id, counters: { sums: { passes: 1 }, tallies: {}, calls: [] } });
}

let process_: FakeProcess;
let generate: Generate;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  process_ = new FakeProcess();
  const ready = { type: 'ready', identity: 'fake', facts: {} } as const;
  const proxy = createHostProxy(
    { threads: 1, prefill: 'flash' },
    {
      abortGrace: grace,
      start: async (_, limits) => connect(process_ as never, ready, () => '', limits.abortGrace),
    },
  );
  generate = await proxy.realise({ name: 'baseline' }, {});
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets so much time pass, and what waits for nothing but its turn. */
async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await new Promise(setImmediate);
}

async function begin() {
  const leaving = new AbortController();
  const meter = createMeter();
  const outcome = { parts: 0, passes: () => meter.counters.sums.passes, error: undefined as unknown, isOver: false };
  const read = async () => {
    for await (const _ of generate(call, { signal: leaving.signal, meter })) outcome.parts++;
  };
  read()
    .catch((error: unknown) => {
      outcome.error = error;
    })
    .finally(() => {
      outcome.isOver = true;
    });
  await pass(0);
  return { outcome, id: process_.calls().at(-1) as number, leave: () => leaving.abort() };
}

describe('an engine that owes the counters of an aborted call', () => {
  it('is left alone while another call goes on, and ended when that falls silent too', async () => {
    const [left, other] = [await begin(), await begin()];
    left.leave();
    for (let part = 0; part < 20; part++) {
      await pass(0.9 * grace);
      process_.part(other.id);
    }
    await pass(0.9 * grace);
    expect(process_.signals).toEqual([]);
    expect(other.outcome).toMatchObject({ parts: 20, isOver: false });
    await pass(grace);
    expect(process_.signals).toEqual(['SIGKILL']);
    expect(other.outcome.error).toMatchObject({ code: 'E_ENGINE_DIED' });
    expect(left.outcome).toMatchObject({ isOver: true, error: { code: 'E_ENGINE_DIED' } });
  });

  it('is ended when it says nothing at all', async () => {
    const [left, other] = [await begin(), await begin()];
    left.leave();
    await pass(grace - 1);
    expect(process_.signals).toEqual([]);
    await pass(1);
    expect(process_.signals).toEqual(['SIGKILL']);
    expect([left, other].map(({ outcome }) => outcome.isOver)).toEqual([true, true]);
  });

  it('gets no more time from a second abort', async () => {
    const [left, other] = [await begin(), await begin()];
    left.leave();
    await pass(0.6 * grace);
    other.leave();
    await pass(0.4 * grace);
    expect(process_.signals).toEqual(['SIGKILL']);
  });

  it('may be silent again when it has answered, and its counters are on the bill', async () => {
    const [left, other] = [await begin(), await begin()];
    left.leave();
    await pass(0.6 * grace);
    process_.end(left.id);
    await pass(9 * grace);
    expect(left.outcome).toMatchObject({ isOver: true });
    expect(left.outcome.passes()).toBe(1);
    expect(process_.signals).toEqual([]);
    process_.end(other.id);
    await pass(0);
    expect(other.outcome).toMatchObject({ isOver: true, error: undefined });
  });

  it('counts words that this process reads late', async () => {
    const [left, other] = [await begin(), await begin()];
    left.leave();
    // Timers come first in a turn of the event loop, then what had arrived meanwhile.
    vi.advanceTimersByTime(grace);
    process_.part(other.id);
    await pass(0.9 * grace);
    expect(process_.signals).toEqual([]);
    await pass(0.1 * grace);
    expect(process_.signals).toEqual(['SIGKILL']);
  });
});
