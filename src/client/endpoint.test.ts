import { describe, expect, it } from 'vitest';
import { parseEndpoint, publicUrl } from './endpoint.ts';

describe('publicUrl', () => {
  it.each([
    ['http://127.0.0.1:8000/v1', 'http://127.0.0.1:8000/v1'],
    ['https://me:pw@host/v1', 'https://host/v1'],
    ['https://host/v1?api-version=2&api-key=abc', 'https://host/v1?api-version=2&api-key=x'],
    ['https://host/v1?code=abc123&deployment=gpt', 'https://host/v1?code=x&deployment=gpt'],
    ['https://host/v1?whatever=abc123#abc123', 'https://host/v1?whatever=x'],
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
