/**
 * How long does it take to score 10,000 answers of 60 tokens anew, with every metric but encoder and judge?
 *
 *   npm run build && node perf/rescore.mjs [--samples 5000] [--tokens 60]
 *
 * A run of the baseline, twice per sample, against the simulator leaves the trials; answers and references are 60 words of
 * its text. What is timed is all that `ttcbench rescore` does: reading the journal, scoring, writing scores and the whole
 * report with its intervals.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { samples: { type: 'string', default: '5000' }, tokens: { type: 'string', default: '60' } },
});
const samples = Number(values.samples);
const tokens = Number(values.tokens);
const program = new URL('../bin/ttcbench.js', import.meta.url).pathname;
const work = mkdtempSync(join(tmpdir(), 'ttcbench-rescore-'));
// An empty model cache: the encoder is left out, and its place is named in the report.
const env = { ...process.env, TTCBENCH_CACHE: join(work, 'cache') };

const nouns = 'customer order invoice account ticket refund agent request status delivery contract region'.split(' ');
const verbs = 'checks closes opens sends moves reviews updates escalates confirms assigns'.split(' ');
const sentence = (seed) => {
  const words = Array.from({ length: tokens }, (_, at) => {
    const list = at % 3 === 1 ? verbs : nouns;
    return list[(seed * 31 + at * 17 + seed * at) % list.length];
  });
  return words.join(' ');
};

try {
  const questions = Array.from({ length: samples }, (_, at) =>
    JSON.stringify({ id: `q${at}`, prompt: `Ticket ${at}: ${sentence(at)}`, reference: sentence(at * 7 + 1) }),
  );
  writeFileSync(join(work, 'questions.jsonl'), `${questions.join('\n')}\n`);
  const server = spawn(process.execPath, [program, 'simulate', '--port', '0', '--json', '--flavour', 'openai'], {
    env,
  });
  const url = await new Promise((resolve) => server.stdout.once('data', (data) => resolve(JSON.parse(data).url)));
  const run = join(work, 'run');
  const flags = [
    '--policy',
    'baseline',
    '--backend',
    'openai',
    '--base-url',
    url,
    '--model',
    'openai/gpt-oss-20b',
    '--benchmark',
    join(work, 'questions.jsonl'),
  ];
  ttcbench(
    'run',
    ...flags,
    '--samples',
    `${samples}`,
    '--max-tokens',
    `${tokens}`,
    '--concurrency',
    '32',
    '--out',
    run,
  );
  server.kill();
  await rescoreHere(run);
} finally {
  rmSync(work, { recursive: true });
}

async function rescoreHere(run) {
  process.chdir(work);
  process.env.TTCBENCH_CACHE = env.TTCBENCH_CACHE;
  const { rescore } = await import('../dist/ttcbench/index.js');
  const used = process.cpuUsage();
  const start = performance.now();
  const report = await rescore(run, { signal: new AbortController().signal });
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  const trials = report.cells.reduce((sum, cell) => sum + cell.trials, 0);
  console.log(`${trials} trials: ${wall.toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} s of CPU`);
  const measured = Object.entries(report.cells[0].metrics).filter(([, about]) => about !== null);
  console.log(`metrics: ${measured.map(([name]) => name).join(' ')}`);
  console.log(`${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}, Node ${process.versions.node}`);
}

function ttcbench(...flags) {
  const { status, stderr } = spawnSync(process.execPath, [program, ...flags], { env, cwd: work, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
