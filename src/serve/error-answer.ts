/** How an error of ours looks to a client. */
import { codeOf, type ErrorCode, plainText, TtcError } from '../core/index.ts';
import { errorBody, type Refused } from '../wire/index.ts';

const statuses: Partial<Record<ErrorCode, number>> = {
  E_ARGUMENT: 400,
  E_CAPABILITY: 400,
  E_CONTEXT: 400,
  E_MEMORY: 503,
  E_ENGINE_DIED: 500,
};

export function errorAnswer(error: unknown): Refused {
  const code = codeOf(error);
  const status = statuses[code] ?? 500;
  // What is not ours may say more of the machine than strangers should read.
  const words = error instanceof TtcError ? plainText(error.message, 500) : 'the server failed';
  const wireCode = code === 'E_CONTEXT' ? 'context_length_exceeded' : code;
  const type = status === 400 ? 'invalid_request_error' : 'server_error';
  return { status, body: errorBody(words, type, { code: wireCode }) };
}
