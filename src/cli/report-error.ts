import { codeOf, type ErrorCode, TtcError } from '../core/error.ts';

/** What the user typed or gave is wrong: nothing was started. */
const usage: ReadonlySet<ErrorCode> = new Set([
  'E_ARGUMENT',
  'E_BENCHMARK',
  'E_COMPOSE',
  'E_CONFIG',
  'E_MODEL',
  'E_NOT_BUILT',
  'E_NO_REALISATION',
  'E_PLAN',
  'E_POLICY',
]);

/** 1 = it failed, 2 = it was asked wrongly, 130 = it was interrupted. */
export function exitCode(error: unknown): number {
  const code = codeOf(error);
  if (code === 'E_ABORTED') return 130;
  return usage.has(code) ? 2 : 1;
}

/** Code and cause in one line, help in a second. The stack only where the error is not ours. */
export function reportError(error: unknown): void {
  if (error instanceof TtcError) {
    console.error(`${error.code}: ${error.message}`);
    if (error.help) console.error(`  help: ${error.help}`);
  } else console.error(error);
}
