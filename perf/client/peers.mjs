/** Other load clients, installed by pip into environments of their own, and how they are asked for the same load. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const home = process.env.TTCBENCH_PEERS ?? join(tmpdir(), 'ttcbench-peers');
const tokenizer = join(home, 'tokenizer');

function runs(file, args, what) {
  const done = spawnSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (done.status === 0) return true;
  console.warn(`SKIPPED: ${what}: ${(done.error?.message ?? done.stderr).trim().split('\n').at(-1)}`);
  return false;
}

/** A virtual environment with the package; undefined, and a loud line, where it cannot be had. */
function environment(name, requirement) {
  const folder = join(home, name);
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'bin', name))) return folder;
  mkdirSync(home, { recursive: true });
  console.warn(`installing ${requirement} into ${folder} (once)`);
  const isThere =
    runs('python3', ['-m', 'venv', folder], `${name} needs python3 with venv`) &&
    runs(python, ['-m', 'pip', 'install', '-q', requirement], `${requirement} cannot be installed`);
  return isThere ? folder : undefined;
}

function withTokenizer(folder) {
  if (existsSync(join(tokenizer, 'tokenizer.json'))) return true;
  const script = join(import.meta.dirname, 'make-tokenizer.py');
  return runs(join(folder, 'bin', 'python'), [script, tokenizer], 'the tokenizer for peers cannot be made');
}

/** One worker: what a core does is asked, not how many it can fill. */
const guidellm =
  (folder) =>
  ({ streams, seconds, tokens, out }) => [
    'env',
    'GUIDELLM__MAX_WORKER_PROCESSES=1',
    join(folder, 'bin', 'guidellm'),
    'run',
    ...['--backend', 'kind=openai_http,target={url},model=stream'],
    ...['--profile', `kind=concurrent,streams=${streams}`],
    ...['--constraint', `kind=max_duration,seconds=${seconds}`],
    ...['--data', `kind=synthetic_text,prompt_tokens=32,output_tokens=${tokens}`],
    ...['--tokenizer', `kind=huggingface_auto,model=${tokenizer}`],
    ...['--output', `kind=json,path=${join(out, 'guidellm.json')}`],
    '--disable-console',
  ];

/** With the server's token counts and one worker: the fastest way it was seen to run. */
const aiperf =
  (folder) =>
  ({ streams, requests, tokens, out }) => [
    join(folder, 'bin', 'aiperf'),
    'profile',
    ...['--model', 'stream', '--url', '{url}', '--endpoint-type', 'chat', '--streaming'],
    ...['--tokenizer', tokenizer, '--use-server-token-count', '--workers-max', '1', '--ui', 'none'],
    ...['--concurrency', String(streams), '--request-count', String(requests)],
    ...['--isl', '32', '--osl', String(tokens), '--artifact-dir', join(out, 'aiperf')],
  ];

/** Peers that can be run here: name and a function from a load to a command line. */
export function findPeers() {
  /** @type {[name: string, requirement: string, command: typeof guidellm | typeof aiperf][]} */
  const all = [
    ['guidellm', 'guidellm==0.8.1', guidellm],
    ['aiperf', 'aiperf==0.13.0', aiperf],
  ];
  return all.flatMap(([name, requirement, command]) => {
    const folder = environment(name, requirement);
    return folder && withTokenizer(folder) ? [{ name: requirement, command: command(folder) }] : [];
  });
}
