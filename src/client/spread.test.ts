import { describe, expect, it } from 'vitest';
import type { Call } from '../core/index.ts';
import { parseEndpoint } from './endpoint.ts';
import { spread } from './spread.ts';

const call = (id?: string): Call => ({
  messages: [],
  maxTokens: 1,
  temperature: 0,
  seed: 0,
  ...(id ? { conversation: { id, turn: 0 } } : {}),
});

describe('several servers', () => {
  const endpoints = ['http://a', 'http://b', 'http://c'].map(parseEndpoint);
  const [a, b, c] = endpoints as [(typeof endpoints)[0], (typeof endpoints)[0], (typeof endpoints)[0]];
  let time = 0;
  const open = () => spread(endpoints, () => time);
  /** So many calls, one after the other, of which those at `dead` fail. */
  function play({ take, release }: ReturnType<typeof open>, calls: number, dead: unknown) {
    const taken = Array.from({ length: calls }, () => {
      const endpoint = take(call());
      release(endpoint, endpoint === dead);
      return endpoint;
    });
    return taken.filter((endpoint) => endpoint === dead).length;
  }

  it('take turns, and a busy one is spared', () => {
    const { take, release } = open();
    const taken = [take(call()), take(call()), take(call())];
    expect(new Set(taken).size).toBe(3);
    release(taken[1]!);
    expect(take(call())).toBe(taken[1]);
  });

  it('keep a conversation at one server', () => {
    const { take } = open();
    const home = take(call('x'));
    take(call('y'));
    expect([take(call('x')), take(call('x'))]).toEqual([home, home]);
  });

  it('forget a conversation that is over', () => {
    const { take, release, forget } = open();
    const home = take(call('x'));
    expect(take(call('x'))).toBe(home);
    forget('x');
    expect(take(call('x'))).not.toBe(home);
    release(home);
  });

  it('leave one that fails alone, and try it again with one call, later and later', () => {
    const all = open();
    expect(play(all, 30, b)).toBe(1);
    time += 1001;
    expect(play(all, 30, b)).toBe(1);
    time += 1001;
    expect(play(all, 30, b)).toBe(0);
    time += 1001;
    expect(play(all, 30, b)).toBe(1);
    time += 60_001;
    expect(play(all, 30, undefined)).toBe(0);
    expect(new Set(Array.from({ length: 3 }, () => all.take(call())))).toEqual(new Set([a, b, c]));
  });

  it('send a retry elsewhere, although a server that fails is the idlest', () => {
    const all = open();
    const first = all.take(call());
    for (let i = 0; i < 8; i++) all.take(call());
    all.release(first, true);
    expect(all.take(call())).not.toBe(first);
  });

  it('move a conversation away from a server that is dead', () => {
    const all = open();
    const home = all.take(call('x'));
    all.release(home, true);
    const other = all.take(call('x'));
    expect(other).not.toBe(home);
    expect(all.take(call('x'))).toBe(other);
  });

  it('that fail together count once, and where all are dead one is asked all the same', () => {
    const all = open();
    const taken = Array.from({ length: 9 }, () => all.take(call()));
    for (const endpoint of taken) all.release(endpoint, true);
    expect(endpoints).toContain(all.take(call()));
    time += 1001;
    const tried = [all.take(call()), all.take(call())];
    expect(new Set(tried).size).toBe(2);
  });
});
