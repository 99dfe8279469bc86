import type { Command } from 'commander';
import { knownVariants } from '../config/index.ts';

export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** What names there are, at the end of `run --help`; a test holds it to the registries, which take long to load. */
const names = () => `
policies: ${Object.keys(knownVariants).join(', ')}; a+b composes; ./mine.mjs is your own
benchmarks: extract, tiny-crm, worfbench (with --data worfbench=PATH); ./mine.jsonl is your own`;

/** The flags of `run`: the same name means the same wherever it appears. Values are checked when the config is made. */
export function addRunFlags(command: Command): Command {
  return command
    .option('--policy <name>', 'variant, or several joined by +; may repeat', collect)
    .option('--all', 'every variant that is built')
    .option('--benchmark <name>', 'benchmark, or path of your own .jsonl; may repeat', collect)
    .option('--data <name=path>', 'data of a benchmark; may repeat', collect)
    .option('--samples <n>', 'samples per benchmark')
    .option('--repeats <n>', 'how often each sample is played')
    .option('--seed <n>', 'seed of samples, order and sampling')
    .option('--config <file>', 'YAML configuration')
    .option('--set <key=value>', 'one setting, dotted path; may repeat', collect)
    .option('--backend <name>', 'ggml, groq, openai or replay')
    .option('--model <name or path>', 'model of the backend')
    .option('--base-url <url>', 'server of the openai or groq backend; may repeat', collect)
    .option('--api-key-env <name>', 'environment variable that holds the key')
    .option('--threads <n>', 'engine threads, or auto')
    .option('--scorer <name>', 'scorer for your own benchmark; may repeat', collect)
    .option('--max-tokens <n>', 'completion tokens per call')
    .option('--temperature <t>', '0 = greedy')
    .option('--concurrency <n>', 'concurrent trials against an API')
    .option('--rps <n>', 'trials per second against an API (open loop)')
    .option('--duration <seconds>', 'how long to go on, with --rps')
    .option('--dry-run', 'say what would be done')
    .option('--max-cost <usd>', 'stop cleanly at this cost')
    .option('--max-tokens-total <n>', 'stop cleanly at this many tokens')
    .option('--metrics <module>', 'module with metrics of your own; may repeat', collect)
    .option('--jobs <file>', 'play exactly these jobs')
    .option('--out <folder>', 'run folder; an existing one with the same plan is resumed')
    .option('--record <file>', 'record an API’s answers, for --backend replay --model FILE')
    .option('--retry-failed', 'play failed trials again')
    .option('--margin <name=value>', 'half-width within which a metric counts as equivalent; may repeat', collect)
    .option('--slo <metric=limit>', 'limit that every trial should keep, for goodput; may repeat', collect)
    .option('--offline', 'download nothing')
    .option('--json', 'the result as JSON on standard output')
    .addHelpText('after', names);
}
