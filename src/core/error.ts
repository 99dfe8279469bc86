/** Every error ttcbench raises on purpose: a stable code and what the code means. `docs/errors.md` is checked against this table. */
export const errorCodes = {
  E_ABORTED: 'the call was aborted',
  E_API_KEY: 'the API key is missing or was refused',
  E_ARGUMENT: 'an argument, flag or option has a wrong value',
  E_BACKEND: 'the backend failed',
  E_BENCHMARK: 'a benchmark is unknown or its data cannot be used',
  E_BUILD: 'the project was not built',
  E_CALL_TIMEOUT: 'connecting, the first token or the next one took longer than allowed',
  E_CAPABILITY: 'the backend lacks what the policy or the benchmark needs',
  E_CHANGED: 'the model, the library or a module changed while the run was going on',
  E_COMPOSE: 'these policies cannot be composed',
  E_CONFIG: 'the configuration cannot be read or is not valid',
  E_CONNECT: 'the server cannot be reached',
  E_CONTEXT: 'prompt and answer do not fit into the context',
  E_DATA: 'a data file is missing or malformed',
  E_DBT: 'a dbt project or one of its models cannot be used',
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
  E_WORKER_DIED: 'a client process of the run ended, and would do so again',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Failures that follow from what was asked: the same call fails again, however often it is made. */
export const failsAgain: ReadonlySet<ErrorCode> = new Set([
  ...(['E_BENCHMARK', 'E_CAPABILITY', 'E_COMPOSE', 'E_CONFIG', 'E_CONTEXT', 'E_DATA', 'E_GGUF'] as const),
  ...(['E_MODEL', 'E_NO_REALISATION', 'E_NOT_BUILT', 'E_POLICY', 'E_REQUEST', 'E_TOKENIZER'] as const),
]);

/** What helps where an error has no sentence of its own. */
export const errorHelp: Record<ErrorCode, string> = {
  E_ABORTED: 'the same command goes on where it stopped',
  E_API_KEY: 'put the key into the environment or into .env: docs/api-backends.md names the variables',
  E_ARGUMENT: 'ttcbench COMMAND --help lists its flags, docs/configuration.md says what they take',
  E_BACKEND: 'ttcbench doctor checks the engine; for an API, check the server',
  E_BENCHMARK: 'docs/benchmarks.md says what each benchmark takes and how its data look',
  E_BUILD: 'npm run build',
  E_CALL_TIMEOUT: 'look at the server, or raise connect_timeout, first_token_timeout or gap_timeout',
  E_CAPABILITY: 'docs/api-backends.md says what servers can do; the engine (--backend ggml) can do all of it but tools',
  E_CHANGED: 'put back what was there before: the same command goes on; or begin anew with another --out',
  E_COMPOSE: 'docs/policies/elastic-batch.md says what goes together',
  E_CONFIG: 'docs/configuration.md lists every key and its values',
  E_CONNECT: 'check the base URL, the network and the proxy',
  E_CONTEXT: 'shorten the prompts, lower --max-tokens or raise kv_slots',
  E_DATA: 'check the path and the line: docs/benchmarks.md and docs/run-folder.md describe the files',
  E_DBT: 'docs/dbt.md says what a project may use here; dbt itself runs the rest',
  E_DOWNLOAD: 'run the command again: the download goes on where it stopped; or name a file of your own with --model',
  E_ENCODER: 'ttcbench models pull minilm fetches it again',
  E_ENGINE_DIED: 'the next call starts it again; close other programs if memory is short',
  E_GGUF: 'fetch the file again, or take another: docs/models.md says what the engine runs',
  E_JOURNAL: 'ttcbench report shows what can still be read; begin anew with another --out',
  E_LIBRARY: 'npm install fetches the library; ttcbench doctor says what is wrong with it',
  E_LOCKED: 'wait for the other process, or pick another --out',
  E_MEMORY: 'take a smaller model, fewer slots or shorter prompts',
  E_MODEL: 'ttcbench models list shows those that are known; or name a .gguf file',
  E_NATIVE: 'ttcbench doctor checks the library on this machine',
  E_NO_REALISATION: 'compositions, and modules without a half for it, need --backend ggml',
  E_NOT_BUILT: 'docs/configuration.md lists what this version has',
  E_PLAN: 'run it as before, or pick another --out',
  E_POLICY: 'docs/policies has a page for each policy; docs/your-own-policy.md says what one of your own needs',
  E_RATE_LIMIT: 'lower --concurrency or --rps, or set requests_per_minute and tokens_per_minute',
  E_REQUEST: "the message is the server's; docs/api-backends.md says what is sent",
  E_SCORE: 'ttcbench rescore scores the answers anew',
  E_SERVER: 'look at the server; --retry-failed plays failed trials again',
  E_STREAM: 'check the server and the network between; --retry-failed plays failed trials again',
  E_TIMEOUT: 'raise timeout, the seconds of a trial; --retry-failed plays failed trials again',
  E_TOKENIZER: 'docs/tokenizers.md lists what is supported',
  E_WORKER_DIED: 'what is finished is safe; the same command with --workers 1 shows what ends the process',
};

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
