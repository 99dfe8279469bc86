import { describe, expect, it } from 'vitest';
import { TtcError } from '../core/index.ts';
import { type FromWorker, toWire } from './protocol.ts';
import { createRemoteLimiter } from './remote-limiter.ts';

const open = (isFree: boolean) => {
  const sent: FromWorker[] = [];
  return { sent, limiter: createRemoteLimiter((message) => void sent.push(message), isFree) };
};
const { signal } = new AbortController();

describe('the limiter of a client process', () => {
  it('asks for every call, and tells what was used', async () => {
    const { sent, limiter } = open(false);
    const turn = limiter.take(70, signal);
    expect(sent).toEqual([{ type: 'take', id: 0, tokens: 70 }]);
    limiter.granted(0, undefined);
    (await turn).settle(30);
    expect(sent.at(-1)).toEqual({ type: 'settle', id: 0, used: 30 });
  });

  it.each([
    [
      'a server names a limit',
      (limiter: ReturnType<typeof open>['limiter']) => limiter.observe({ tokens: { remaining: 1, window: 'minute' } }),
    ],
    ['a server refuses a call', (limiter: ReturnType<typeof open>['limiter']) => limiter.hold(10)],
    ['another process heard of one', (limiter: ReturnType<typeof open>['limiter']) => limiter.limited()],
  ])('asks nobody until %s', async (_, limit) => {
    const { sent, limiter } = open(true);
    expect(limiter.take(70, signal)).not.toBeInstanceOf(Promise);
    expect(sent).toEqual([]);
    limit(limiter);
    void limiter.take(70, signal);
    expect(sent.at(-1)).toMatchObject({ type: 'take', tokens: 70 });
  });

  it('gives back what is granted after an abort, and hands on a refusal', async () => {
    const { sent, limiter } = open(false);
    const abort = new AbortController();
    const turn = limiter.take(5, abort.signal);
    abort.abort();
    await expect(turn).rejects.toBe(abort.signal.reason);
    limiter.granted(0, undefined);
    await new Promise(setImmediate);
    expect(sent.at(-1)).toEqual({ type: 'settle', id: 0, used: 0 });
    const other = limiter.take(5, signal);
    limiter.granted(1, toWire(new TtcError('E_REQUEST', 'too large', { help: 'ask for less' })));
    await expect(other).rejects.toMatchObject({ code: 'E_REQUEST', message: 'too large', help: 'ask for less' });
  });
});
