import { expect, it } from 'vitest';
import { TtcError } from '../core/index.ts';
import { keyRefused } from './api-key.ts';

it('a key that may not do what was asked is not called refused, a missing one is always named', () => {
  const barred = new TtcError('E_API_KEY', 'http://a/v1 answered 403: model_permission_blocked: no');
  expect(keyRefused(barred, { name: 'MINE', key: 'k' })).toBe(barred);
  expect(keyRefused(barred, { name: 'MINE' }).message).toMatch(/^no key was sent: MINE is not set; /);
});
