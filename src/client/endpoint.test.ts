import { describe, expect, it } from 'vitest';
import type { Call } from '../core/index.ts';
import { parseEndpoint, publicUrl } from './endpoint.ts';
import { spread } from './spread.ts';

const call = (id?: string): Call => ({
  messages: [],
  maxTokens: 1,
  temperature: 0,
  seed: 0,
  ...(id ? { conversation: { id, turn: 0 } } : {}),
});

describe('publicUrl', () => {
  it.each([
    ['http://127.0.0.1:8000/v1', 'http://127.0.0.1:8000/v1'],
    ['https://me:pw@host/v1', 'https://host/v1'],
    ['https://host/v1?api-version=2&api-key=abc', 'https://host/v1?api-version=2&api-key=x'],
    ['no url', 'no url'],
  ])('%s', (given, shown) => {
    expect(publicUrl(given)).toBe(shown);
  });
});

describe('base URLs', () => {
  it.each([
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000/v1'],
    ['https://api.groq.com/openai/v1/', 'https://api.groq.com/openai/v1'],
    ['https://me:secret@host/v1?api-version=1', 'https://host/v1'],
  ])('%s is known as %s', (url, name) => {
    expect(parseEndpoint(url).name).toBe(name);
  });

  it('keeps the login and the query apart from the name', () => {
    expect(parseEndpoint('https://me:p%40ss@host/v1?api-version=1')).toMatchObject({
      login: 'me:p@ss',
      query: '?api-version=1',
    });
  });

  it.each(['localhost:8000', 'ftp://x/', ''])('refuses %s', (url) => {
    expect(() => parseEndpoint(url)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });
});

describe('several servers', () => {
  const endpoints = ['http://a', 'http://b', 'http://c'].map(parseEndpoint);

  it('take turns, and a busy one is spared', () => {
    const { take, release } = spread(endpoints);
    const taken = [take(call()), take(call()), take(call())];
    expect(new Set(taken).size).toBe(3);
    release(taken[1]!);
    expect(take(call())).toBe(taken[1]);
  });

  it('keep a conversation at one server', () => {
    const { take } = spread(endpoints);
    const home = take(call('x'));
    take(call('y'));
    expect([take(call('x')), take(call('x'))]).toEqual([home, home]);
  });
});
