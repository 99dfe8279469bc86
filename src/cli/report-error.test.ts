import { afterEach, expect, it, vi } from 'vitest';
import { type ErrorCode, errorCodes, TtcError } from '../core/error.ts';
import { reportError } from './report-error.ts';

afterEach(() => void vi.restoreAllMocks());

function printed(error: unknown): string[] {
  const lines: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(String(line)));
  reportError(error);
  return lines;
}

it.each(Object.keys(errorCodes) as ErrorCode[])('%s is never without help', (code) => {
  expect(printed(new TtcError(code, 'no'))).toEqual([`${code}: no`, expect.stringMatching(/^ {2}help: \w.{8}/)]);
});

it('an error with a sentence of its own says that one', () => {
  expect(printed(new TtcError('E_DATA', 'no', { help: 'do so' }))).toEqual(['E_DATA: no', '  help: do so']);
});
