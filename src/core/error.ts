/** Every error ttcbench raises on purpose: a stable code and what the code means. `docs/errors.md` is checked against this table. */
export const errorCodes = {
  E_ABORTED: 'the call was aborted',
  E_API_KEY: 'the API key is missing or was refused',
  E_ARGUMENT: 'an argument, flag or option has a wrong value',
  E_BACKEND: 'the backend failed',
  E_BENCHMARK: 'a benchmark is unknown or its data cannot be used',
  E_BUDGET: 'the run reached its limit of cost or tokens',
  E_BUILD: 'the project was not built',
  E_CALL_TIMEOUT: 'connecting, the first token or the next one took longer than allowed',
  E_CAPABILITY: 'the backend lacks what the policy needs',
  E_COMPOSE: 'these policies cannot be composed',
  E_CONFIG: 'the configuration cannot be read or is not valid',
  E_CONNECT: 'the server cannot be reached',
  E_CONTEXT: 'prompt and answer do not fit into the context',
  E_DATA: 'a data file is missing or malformed',
  E_DOWNLOAD: 'a download failed or its content is not what was promised',
  E_ENCODER: 'the sentence encoder is missing, damaged or not supported',
  E_ENGINE_DIED: 'the engine process ended while a call was in flight',
  E_GGUF: 'the model file is damaged or not supported',
  E_JOURNAL: 'the run folder holds records that cannot be used',
  E_LIBRARY: 'the native library is missing or does not run on this machine',
  E_LOCKED: 'another process is writing to this run folder',
  E_MEMORY: 'the native library could not allocate memory',
  E_MODEL: 'the model is unknown or missing',
  E_NATIVE: 'the native library reported a failure',
  E_NO_REALISATION: 'the policy has no realisation for this backend',
  E_NOT_BUILT: 'the name is known, but this version does not have it yet',
  E_PLAN: 'the run folder belongs to another plan',
  E_POLICY: 'the policy is unknown, its parameters are not valid, or a policy of your own failed',
  E_RATE_LIMIT: 'the limit of the provider was reached',
  E_REQUEST: 'the server refused the request',
  E_SCORE: 'a scorer failed; the trial stands without its scores',
  E_SERVER: 'the server failed or is overloaded',
  E_STREAM: 'the stream of the answer broke before its end',
  E_TIMEOUT: 'the trial took longer than its timeout',
  E_TOKENIZER: 'the tokenizer of the model is not supported',
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface Retry {
  after?: number;
}

/** An error with a stable code, a cause in its message and one sentence of help. */
export class TtcError extends Error {
  override name = 'TtcError';
  readonly code: ErrorCode;
  readonly help: string | undefined;
  /** Present where the same call may succeed later; `after`: milliseconds to wait, where the server said so. */
  readonly retry: Retry | undefined;

  constructor(code: ErrorCode, message: string, options: { help?: string; cause?: unknown; retry?: Retry } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.help = options.help;
    this.retry = options.retry;
  }
}

/** The code of any thrown value; what is not ours counts as a failure of the backend. */
export function codeOf(error: unknown): ErrorCode {
  if (error instanceof TtcError) return error.code;
  if (error instanceof Error && error.name === 'AbortError') return 'E_ABORTED';
  return 'E_BACKEND';
}
