/** What the operating system refuses, as one coded line. */
import { type ErrorCode, systemWords, TtcError } from '../core/index.ts';

const isSystemError = (error: unknown): boolean =>
  error instanceof Error && !(error instanceof TtcError) && typeof (error as NodeJS.ErrnoException).code === 'string';

/** An error of the system while a file was read, in words; any other as it is. */
export function cannotRead(path: string, error: unknown, code: ErrorCode = 'E_JOURNAL'): unknown {
  if (!isSystemError(error)) return error;
  return new TtcError(code, `${path} cannot be read: ${systemWords(error)}`, {
    help: helpFor(error) ?? 'look at the file and its permissions',
    cause: error,
  });
}

/** Why a file was not written, in words; an error that has a code of ours as it is. */
export function cannotWrite(path: string, error: unknown): unknown {
  if (error instanceof TtcError) return error;
  return new TtcError('E_JOURNAL', `${path} cannot be written: ${systemWords(error)}`, {
    help: helpFor(error) ?? 'make room or pick another --out; what was written before is safe',
    cause: error,
  });
}

function helpFor(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE')
    return 'raise the limit of open files (ulimit -n), or lower --concurrency';
  return undefined;
}
