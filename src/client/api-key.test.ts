import { describe, expect, it } from 'vitest';
import { TtcError } from '../core/index.ts';
import { findApiKey, keyRefused, keyVariable } from './api-key.ts';
import { providers } from './providers.ts';

describe('the variable of a key', () => {
  it('is the provider’s own where the backend’s usual one is named', () => {
    const names = { variable: 'OPENAI_API_KEY', usual: 'OPENAI_API_KEY' };
    expect(keyVariable({ provider: providers.cerebras, ...names })).toBe('CEREBRAS_API_KEY');
  });

  it.each(['abc-123', ' abc-123\n', '"abc-123"', "'abc-123'", ' " abc-123 " '])('gives the key of %j', (value) => {
    const environment = { OPENAI_API_KEY: value };
    const options = { provider: providers.generic, variable: null, usual: 'OPENAI_API_KEY', required: false };
    expect(findApiKey({ ...options, environment })).toBe('abc-123');
  });
});

it('a key that may not do what was asked is not called refused, a missing one is always named', () => {
  const barred = new TtcError('E_API_KEY', 'http://a/v1 answered 403: model_permission_blocked: no');
  expect(keyRefused(barred, { name: 'MINE', key: 'k' })).toBe(barred);
  expect(keyRefused(barred, { name: 'MINE' }).message).toMatch(/^no key was sent: MINE is not set; /);
});
