/** `ttcbench serve`: an OpenAI-compatible server over the engine and any policy. */
import { Command } from 'commander';
import { readSetting } from '../config/read-yaml.ts';
import { TtcError } from '../core/error.ts';
import { plainText } from '../core/plain-text.ts';
import { type OpenedModel, openModel, type RunningServer, startServer } from '../serve/index.ts';
import { collect } from './flags.ts';
import { whole } from './number-flag.ts';

interface Flags {
  model?: string;
  also?: string[];
  draft?: string;
  policy?: string;
  set?: string[];
  port: string;
  host: string;
  keyEnv?: string;
  slots: string;
  maxQueue: string;
  batchTokens: string;
  maxTokens: string;
  contextTokens?: string;
  threads: string;
  prefill?: string;
  books?: string;
  grace: string;
  offline?: boolean;
  json?: boolean;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('an OpenAI-compatible server over the engine and any policy (docs/serve.md)')
    .option('--model <name or path>', 'model to serve (default: smollm2-135m)')
    .option('--also <name or path>', 'another model beside it, with a batch of its own; may repeat', collect)
    .option('--draft <name or path>', 'a small model whose drafts the model verifies (speculative decoding)')
    .option('--policy <name>', 'how answers are computed: a variant, or a+b (default: baseline)')
    .option('--set <name=value>', 'a parameter of the policy; in a+b with its name before: a.name=value', collect)
    .option('--port <n>', 'port; 0 = any free one', '8080')
    .option('--host <address>', 'address to listen on; any but loopback needs a key', '127.0.0.1')
    .option('--key-env <variable>', 'environment variable with the key that clients must send')
    .option('--slots <n>', 'answers that run at a time, in one batch', '8')
    .option('--max-queue <n>', 'answers that may wait; the next request gets 429', '64')
    .option('--batch-tokens <n>', 'most tokens of prompts and answers in the batch', '16384')
    .option('--max-tokens <n>', 'limit of an answer whose request has none', '1024')
    .option('--context-tokens <n>', 'most tokens of a prompt and its answer (default: what the model has)')
    .option('--threads <n>', 'threads of the engine, or auto', '1')
    .option('--prefill <way>', 'flash, or exact')
    .option('--books <file>', 'write a JSON line for each request: tokens, times, outcome')
    .option('--grace <seconds>', 'after SIGTERM, time for the answers that run', '30')
    .option('--offline', 'download nothing')
    .option('--json', 'address and process id as JSON')
    .addHelpText('after', '\nGET /health, GET /metrics (Prometheus), GET /v1/models, POST /v1/chat/completions.')
    .action(serve);
}

function keyOf(variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined;
  const key = process.env[variable];
  if (key) return key;
  throw new TtcError('E_API_KEY', `--key-env ${plainText(variable, 80)}: the variable is not set`, {
    help: `set it first: export ${plainText(variable, 80)}=$(openssl rand -hex 24)`,
  });
}

function policyOf({ policy, draft, set = [] }: Flags): { policy?: string; params: Record<string, unknown> } {
  const params: Record<string, unknown> = {};
  for (const { path, value, place } of set.map(readSetting)) {
    const [name, inner, ...more] = path as [string, ...string[]];
    if (more.length > 0) throw new TtcError('E_ARGUMENT', `${place}: has more than two parts`);
    if (inner === undefined) params[name] = value;
    else params[name] = { ...(params[name] as object | undefined), [inner]: value };
  }
  if (draft === undefined) return { ...(policy !== undefined && { policy }), params };
  if (policy !== undefined)
    throw new TtcError('E_ARGUMENT', '--draft and --policy: only one of them', {
      help: '--policy speculative_decoding --set draft=model --set draft_model=PATH composes as any other',
    });
  return { policy: 'speculative_decoding', params: { draft: 'model', draft_model: draft, ...params } };
}

function threadsOf(text: string): number | 'auto' {
  return text === 'auto' ? 'auto' : (whole('threads', text, 1, 512) as number);
}

function prefillOf(text: string | undefined): 'flash' | 'exact' | undefined {
  if (text === undefined || text === 'flash' || text === 'exact') return text;
  throw new TtcError('E_ARGUMENT', `--prefill must be flash or exact, not ${JSON.stringify(text)}`);
}

async function serve(flags: Flags): Promise<void> {
  const key = keyOf(flags.keyEnv);
  const slots = whole('slots', flags.slots, 1, 256) as number;
  const start = {
    port: whole('port', flags.port, 0, 65_535),
    ...{ host: flags.host, key, slots, books: flags.books },
    maxQueue: whole('max-queue', flags.maxQueue, 0, 100_000),
    defaultMaxTokens: whole('max-tokens', flags.maxTokens, 1),
    mostTokens: whole('context-tokens', flags.contextTokens, 2),
  };
  const grace = (whole('grace', flags.grace, 0, 86_400) as number) * 1000;
  const common = {
    slots,
    batchTokens: whole('batch-tokens', flags.batchTokens, 1) as number,
    threads: threadsOf(flags.threads),
    prefill: prefillOf(flags.prefill),
    offline: flags.offline ?? false,
  };
  const names = [flags.model ?? null, ...(flags.also ?? [])];
  const models: OpenedModel[] = [];
  try {
    for (const [at, model] of names.entries())
      models.push(await openModel({ ...common, model, ...(at === 0 ? policyOf(flags) : {}) }));
    await serveUntilTold(await startServer({ ...start, models }), models, flags, grace);
  } finally {
    for (const model of models) await model[Symbol.asyncDispose]();
  }
}

/** SIGTERM or Ctrl-C: what runs is finished. A second one, or the end of the grace, cuts it off. */
async function serveUntilTold(
  server: RunningServer,
  models: readonly OpenedModel[],
  { json, keyEnv }: Flags,
  grace: number,
): Promise<void> {
  const { pid } = process;
  const served = models.map(({ name, policy }) => `${name} (${policy})`).join(', ');
  if (json) console.log(JSON.stringify({ url: server.url, pid, models: models.map(({ name }) => name) }));
  else
    console.log(
      `serving ${served} at ${server.url}, ${keyEnv === undefined ? 'without a key, for this machine only' : 'with a key'} (Ctrl-C or kill ${pid} ends it)`,
    );
  const hard = new AbortController();
  await told();
  void told().then(() => hard.abort());
  const timer = setTimeout(() => hard.abort(), grace);
  await server.close(hard.signal);
  clearTimeout(timer);
}

const told = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
