/** `ttcbench simulate`: a Groq-faithful server to measure against, with limits, faults and true send times. */
import { Command } from 'commander';
import { TtcError } from '../core/error.ts';
import {
  faults,
  groqModels,
  parseFault,
  readToolScript,
  type SimulateOptions,
  startSimulator,
} from '../gateway/index.ts';
import { number, whole } from './number-flag.ts';

interface Flags {
  port: string;
  host: string;
  model?: string[];
  flavour: string;
  rpm?: string;
  rpd?: string;
  tpm?: string;
  tpd?: string;
  queue?: string;
  ttft?: string;
  tpot?: string;
  jitter?: string;
  reasoning?: string;
  deviation?: string;
  pace?: string[];
  tools?: string;
  fault?: string[];
  truth?: string;
  seed: string;
  key?: string;
  json?: boolean;
}

const flavours = ['groq', 'openai', 'vllm'] as const;

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** `model=share`; a model's name may hold `=`. */
function paceOf(text: string): [model: string, share: number] {
  const at = text.lastIndexOf('=');
  return [text.slice(0, at), number('pace', at < 1 ? '' : text.slice(at + 1), 0) as number];
}

function optionsOf(flags: Flags): SimulateOptions {
  const flavour = flavours.find((name) => name === flags.flavour);
  if (flavour === undefined)
    throw new TtcError(
      'E_ARGUMENT',
      `--flavour must be ${flavours.join(' or ')}, not ${JSON.stringify(flags.flavour)}`,
    );
  return {
    port: whole('port', flags.port, 0, 65_535),
    host: flags.host,
    models: flags.model,
    flavour,
    rpm: whole('rpm', flags.rpm, 1),
    rpd: whole('rpd', flags.rpd, 1),
    tpm: whole('tpm', flags.tpm, 1),
    tpd: whole('tpd', flags.tpd, 1),
    queue: number('queue', flags.queue, 0),
    ttft: number('ttft', flags.ttft, 0),
    tpot: number('tpot', flags.tpot, 0),
    jitter: number('jitter', flags.jitter, 0, 1),
    reasoning: whole('reasoning', flags.reasoning, 0),
    deviation: number('deviation', flags.deviation, 0, 1),
    pace: flags.pace && Object.fromEntries(flags.pace.map(paceOf)),
    tools: flags.tools === undefined ? undefined : readToolScript(flags.tools),
    faults: flags.fault?.map(parseFault),
    truthFile: flags.truth,
    seed: whole('seed', flags.seed, 0),
    apiKey: flags.key,
  };
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('a Groq-faithful chat server with scripted latency, limits and faults')
    .option('--port <n>', 'port; 0 = any free one', '8300')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--model <name>', `model it has; may repeat (default: ${groqModels.join(', ')})`, collect)
    .option(
      '--flavour <name>',
      'groq; openai: logprobs and n, no prefill, no server times; vllm: the same with prefill',
      'groq',
    )
    .option('--rpm <n>', 'limit: requests a minute')
    .option('--rpd <n>', 'limit: requests a day')
    .option('--tpm <n>', 'limit: tokens a minute; a request is charged its max_tokens at once')
    .option('--tpd <n>', 'limit: tokens a day')
    .option('--queue <ms>', 'time in the queue')
    .option('--ttft <ms>', 'time from the end of the queue to the first token')
    .option('--tpot <ms>', 'time per token')
    .option('--jitter <share>', 'spread of the time per token')
    .option('--reasoning <n>', 'reasoning tokens before each answer')
    .option('--deviation <share>', 'share of words in which models after the first differ from it')
    .option('--pace <model=share>', 'may repeat: times of a model as a share of the others’', collect)
    .option('--tools <file>', 'file of the tools that its answers call, a JSON line per turn; see docs/api-backends.md')
    .option('--fault <name[@token][:share]>', `may repeat: ${Object.keys(faults).join(', ')}`, collect)
    .option('--truth <file>', 'write the true send times, one JSON line per request')
    .option('--seed <n>', 'seed of answers, times and faults', '0')
    .option('--key <key>', 'the only API key it accepts (default: any, and none)')
    .option('--json', 'address and account as JSON')
    .addHelpText('after', '\nGET /__account: what came, what was refused and why. GET /__truth: the true send times.')
    .action(simulate);
}

/** Runs until Ctrl-C or a polite kill, then prints its account. */
async function simulate(flags: Flags): Promise<void> {
  const options = optionsOf(flags);
  const server = await startSimulator(options);
  // Where it was started through npx, the shell knows only npx, which hands no signal on.
  const { pid } = process;
  const whom = { groq: 'Groq', openai: 'an OpenAI server', vllm: 'a vLLM server' }[options.flavour ?? 'groq'];
  const opened = `simulating ${whom} at ${server.url} (Ctrl-C or kill ${pid} ends it)`;
  console.log(flags.json ? JSON.stringify({ url: server.url, pid }) : opened);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const facts = server.account();
  await server.close();
  const { requests, admitted, aborted, violations } = facts;
  const broken = Object.entries(violations).filter(([, count]) => count > 0);
  const words = broken.length > 0 ? broken.map(([name, count]) => `${name} ${count} times`).join(', ') : 'none';
  if (flags.json) console.log(JSON.stringify(facts));
  else
    console.log(`${requests} requests, ${admitted} admitted, ${aborted} left by the client; limits broken: ${words}`);
}
