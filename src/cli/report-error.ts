import { inspect } from 'node:util';
import { codeOf, type ErrorCode, errorHelp, TtcError } from '../core/error.ts';
import { plainLines } from '../core/plain-text.ts';

/** What the user typed, named or gave is wrong: a flag, a name, a key, a file or a folder. */
const usage: ReadonlySet<ErrorCode> = new Set([
  'E_API_KEY',
  'E_ARGUMENT',
  'E_BENCHMARK',
  'E_BUILD',
  'E_CAPABILITY',
  'E_COMPOSE',
  'E_CONFIG',
  'E_DATA',
  'E_DBT',
  'E_GGUF',
  'E_MODEL',
  'E_NOT_BUILT',
  'E_NO_REALISATION',
  'E_PLAN',
  'E_POLICY',
  'E_TOKENIZER',
]);

/** 1 = it failed, 2 = it was asked wrongly, 130 = it was interrupted. */
export const exitCode = (error: unknown): number => exitCodeOf(codeOf(error));

export function exitCodeOf(code: ErrorCode): number {
  if (code === 'E_ABORTED') return 130;
  return usage.has(code) ? 2 : 1;
}

/** Its own sentence, or that of its code. */
export const helpOf = ({ code, help }: TtcError): string => help ?? errorHelp[code];

/** After the table: files that could not be written. */
export function reportUnwritten(errors: readonly TtcError[]): void {
  for (const error of errors) reportError(error);
  if (errors[0]) process.exitCode = exitCode(errors[0]);
}

/** Code and cause in one line, help in a second. The stack only where the error is not ours. */
export function reportError(error: unknown): void {
  if (error instanceof TtcError) {
    console.error(`${error.code}: ${plainLines(error.message)}`);
    console.error(`  help: ${plainLines(helpOf(error))}`);
  } else console.error(plainLines(inspect(error)));
}
