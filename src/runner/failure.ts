import { codeOf, type ErrorCode, type Failure } from '../core/index.ts';

/** A failure as a journal keeps it. A server's error page may be long: a message is cut at 2,000 characters. */
export function failureOf(error: unknown, code: ErrorCode = codeOf(error)): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { code, message: message.slice(0, 2000) };
}
