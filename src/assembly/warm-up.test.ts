import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../config/index.ts';
import { registries } from './registries.ts';
import { warmUp } from './warm-up.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** Sockets that were asked for, and milliseconds until the first trial may start; the client had sent five requests. */
async function warmed(left: number, ...set: string[]) {
  const flags = { policy: ['baseline'], benchmark: ['extract'], backend: 'openai', set };
  const resolved = await loadConfig({ flags, registries, env: {} });
  let sockets = 0;
  const warm = async (count: number) => {
    sockets += count;
  };
  const connections = () => ({ requests: 5 + sockets, connections: sockets });
  const start = performance.now();
  let waited: number | undefined;
  const warming = warmUp(resolved, { warm, connections }, left, new AbortController().signal);
  const all = warming.then(() => {
    waited = performance.now() - start;
  });
  await vi.advanceTimersByTimeAsync(120_000);
  await all;
  return { sockets, waited };
}

describe('before the first trial', () => {
  it('a socket is opened for each place, at once where nothing is limited', async () => {
    expect(await warmed(100, 'concurrency=8')).toEqual({ sockets: 8, waited: 0 });
    expect(await warmed(1000, 'concurrency=500')).toEqual({ sockets: 64, waited: 0 });
    expect(await warmed(100, 'concurrency=8', 'rps=2.5')).toEqual({ sockets: 3, waited: 0 });
  });

  it('as many as trials are left, and nothing where none is', async () => {
    expect(await warmed(3, 'concurrency=8')).toEqual({ sockets: 3, waited: 0 });
    expect(await warmed(0, 'requests_per_minute=30')).toEqual({ sockets: 0, waited: 0 });
  });

  it('what was sent counts against the limits of requests', async () => {
    // 8 requests at 57 a minute: the rest of the limit of 60 is the burst of the first trials.
    const { waited } = await warmed(100, 'concurrency=8', 'requests_per_minute=60');
    expect(waited).toBe(Math.ceil((8 * 60_000) / 57));
    expect((await warmed(100, 'concurrency=8', 'requests_per_second=2')).waited).toBe(3500);
    expect((await warmed(100, 'requests_per_minute=2')).waited).toBe(60_000);
  });

  it('no more sockets are opened at once than the limits allow', async () => {
    expect((await warmed(100, 'concurrency=8', 'requests_per_minute=60')).sockets).toBe(3);
    expect((await warmed(100, 'concurrency=8', 'requests_per_second=2')).sockets).toBe(2);
    expect((await warmed(100, 'concurrency=8', 'requests_per_minute=2')).sockets).toBe(1);
  });

  it('an interruption ends the wait', async () => {
    const flags = { policy: ['baseline'], benchmark: ['extract'], backend: 'openai', set: ['requests_per_minute=1'] };
    const resolved = await loadConfig({ flags, registries, env: {} });
    const controller = new AbortController();
    const warming = warmUp(resolved, { connections: () => ({ requests: 9, connections: 0 }) }, 1, controller.signal);
    controller.abort();
    await expect(warming).resolves.toBeUndefined();
  });
});
