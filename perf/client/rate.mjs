/**
 * Does an open loop keep its rate, and the server's limits? The commands a user would type, judged by the server's own
 * books: `ttcbench simulate` with a limit of twice the rate, `ttcbench run --rps R --duration S` against it.
 *
 *   npm run build && node perf/client/rate.mjs   [--rps 100] [--seconds 60] [-- more flags of run]
 *
 * for example `-- --benchmark worfbench --data worfbench=PATH`; `extract` without. Exit code 1 where a second after the
 * first has more than 5 % too many or too few requests, a limit was broken, or a trial did not end exactly once.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readArrivals } from './arrivals.mjs';

const { values, positionals } = parseArgs({
  options: { rps: { type: 'string', default: '100' }, seconds: { type: 'string', default: '60' } },
  allowPositionals: true,
});
const rps = Number(values.rps);
const bin = join(import.meta.dirname, '..', '..', 'bin', 'ttcbench.js');
const work = mkdtempSync(join(tmpdir(), 'ttcbench-rate-'));
const truth = join(work, 'truth.jsonl');
const folder = join(work, 'run');

function start(words, options = {}) {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const started = { child, text: '', ended: new Promise((resolve) => child.on('close', resolve)) };
  child.stdout.on('data', (data) => (started.text += data));
  return started;
}

/** The run has a working folder of its own: `NAME=PATH` is meant from here. */
const flags = positionals.map((word, i) =>
  positionals[i - 1] === '--data' ? word.replace(/(?<==).*/, (path) => resolve(path)) : word,
);
const limits = ['--rpm', String(120 * rps), '--tpm', '20000000'];
const server = start(['simulate', '--port', '0', ...limits, '--ttft', '50', '--tpot', '1', '--truth', truth, '--json']);
await new Promise((resolve) => server.child.stdout.once('data', resolve));
const { url } = JSON.parse(server.text);
const benchmark = positionals.includes('--benchmark') ? [] : ['--benchmark', 'extract'];
const load = ['--rps', String(rps), '--duration', values.seconds];
const where = ['--backend', 'groq', '--base-url', url, '--policy', 'baseline', '--out', folder];
const run = start(['run', ...where, ...benchmark, ...load, ...flags], {
  cwd: work,
  env: { ...process.env, GROQ_API_KEY: 'gsk_simulated_key_of_nobody' },
});
const code = await run.ended;
server.child.kill('SIGTERM');
await server.ended;

const { violations, perSecond, connections } = JSON.parse(server.text.trim().split('\n').at(-1));
const seen = readArrivals(truth, folder);
const broken = Object.values(violations).reduce((sum, count) => sum + count, 0);
const [least, most] = [Math.min(...seen.windows), Math.max(...seen.windows)];
const kept = least >= 0.95 * rps && most <= 1.05 * rps;
console.log(run.text.trim());
console.log(
  `\n${cpus()[0]?.model}, ${cpus().length} cores, load average ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`,
);
console.log(`requests in each second after the first: ${seen.windows.join(' ')}`);
console.log(
  `${seen.windows.length} seconds, ${least} to ${most} requests where ${rps} are asked: ${kept ? 'kept' : 'MISSED'}`,
);
console.log(
  `the server's books: ${perSecond.reduce((a, b) => a + b, 0)} requests, ${connections} connections, limits broken ${broken} times`,
);
console.log(
  `${seen.planned} trials planned, ${seen.endedOnce} ended exactly once, ${seen.ok} of them well; run exit code ${code}`,
);
rmSync(work, { recursive: true, force: true });
process.exitCode = kept && broken === 0 && seen.endedOnce === seen.planned && code === 0 ? 0 : 1;
