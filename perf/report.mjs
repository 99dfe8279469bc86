/**
 * How long does a report of 200,000 trials take, and how much memory?
 *
 *   npm run build && node perf/report.mjs [--trials 200000] [--schema 2] [--dist dist] [--keep FOLDER]
 *
 * Writes a run folder as the engine would leave it: 12 cells (the baseline, the baseline again, ten policies of which two
 * offer 8 trials at once), answers of 48 tokens, one journal in the order of play. Then a process of its own makes the
 * report as `ttcbench report` does, and says its seconds, its CPU seconds and its peak of resident memory.
 * `--schema 1` writes the lines of older versions, `--dist` measures another build, `--keep` leaves the folder, or takes
 * it as it is where it is there.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '200000' },
    schema: { type: 'string', default: '2' },
    dist: { type: 'string', default: join(import.meta.dirname, '..', 'dist') },
    keep: { type: 'string' },
    report: { type: 'string' },
  },
});

async function reportHere(folder) {
  const { reportOn } = await import(join(resolve(values.dist), 'ttcbench', 'index.js'));
  const start = performance.now();
  const report = await reportOn(folder);
  const seconds = (performance.now() - start) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const trials = report.cells.reduce((sum, cell) => sum + cell.trials, 0);
  console.log(JSON.stringify({ trials, seconds, cpu: (userCPUTime + systemCPUTime) / 1e6, mebibytes: maxRSS / 1024 }));
}

async function measure() {
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'ttcbench-report-'));
  try {
    if (!existsSync(join(folder, 'run.json'))) await writeRun(folder, Number(values.trials), Number(values.schema));
    const { size } = statSync(join(folder, 'journal-main.jsonl'));
    const words = [import.meta.filename, '--report', folder, '--dist', values.dist];
    const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const { trials, seconds, cpu, mebibytes } = JSON.parse(stdout);
    const bytes = Math.round(size / trials);
    console.log(`${trials} trials of schema ${values.schema}, ${bytes} bytes a line`);
    console.log(
      `${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of CPU, ${((1e6 * seconds) / trials).toFixed(0)} µs a trial`,
    );
    console.log(`peak ${mebibytes.toFixed(0)} MiB, ${((1024 * mebibytes) / trials).toFixed(2)} KiB a trial`);
    console.log(
      `${cpus()[0].model}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.versions.node}`,
    );
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true });
  }
}

/** Policy → how often it leaves the baseline's tokens, its time against the baseline's, trials offered at once. */
function cells() {
  return [
    ['baseline', 0, 1, 1],
    ['speculative_decoding', 0, 0.79, 1],
    ['speculative_decoding_layers', 0, 1.1, 1],
    ['dynamic_pruning_top_p', 0.9, 0.85, 1],
    ['dynamic_pruning_entropy', 0.1, 1.02, 1],
    ['early_exit_28', 0.6, 0.95, 1],
    ['early_exit_32', 0, 1, 1],
    ['adaptive_kv_static', 0.5, 1.07, 1],
    ['adaptive_kv_cosine', 0.4, 1.05, 1],
    ['elastic_batch_greedy', 0, 5, 8],
    ['elastic_batch_sorted', 0, 5, 8],
    ['baseline_again', 0, 1, 1],
  ];
}

/** Lines as this build writes them: those of older builds have no checksum. */
async function sealIn(dist) {
  const file = join(resolve(dist), 'store', 'seal.js');
  return existsSync(file) ? (await import(file)).sealed : (line) => line;
}

async function writeRun(folder, trials, schema) {
  const seal = await sealIn(values.dist);
  mkdirSync(folder, { recursive: true });
  const random = numbers(7);
  const samples = Math.ceil(trials / cells().length);
  const journal = lineWriter(join(folder, 'journal-main.jsonl'), seal);
  const jobs = lineWriter(join(folder, 'jobs.jsonl'), seal);
  const blocks = lineWriter(join(folder, 'blocks.jsonl'), seal);
  const asked = lineWriter(join(folder, 'samples.jsonl'), seal);
  const waiting = new Map();
  let written = 0;
  for (let at = 0; at < samples; at++) {
    const sample = `handle_time-${String(at).padStart(5, '0')}`;
    const ids = Array.from({ length: 48 }, () => Math.floor(random() * 49_000));
    const prompt = `Record ${at}. ${wordsOf(Array.from({ length: 120 }, () => Math.floor(random() * 900)))}`;
    asked({
      id: sample,
      benchmark: 'made-up',
      prompt,
      reference: wordsOf(ids.map((id) => id + (id % 7 === 0 ? 1 : 0))),
    });
    for (const cell of shuffled(cells(), random)) {
      if (written >= trials) break;
      written++;
      const trial = trialOf(cell, sample, at, ids, schema, random);
      jobs(pick(trial, ['key', 'cell', 'params', 'sample', 'repeat', 'seed', 'block']));
      const together = waiting.get(cell[0]) ?? [];
      waiting.set(cell[0], [...together, trial]);
      if (together.length + 1 < cell[3] && at < samples - 1) continue;
      for (const member of waiting.get(cell[0])) journal(member);
      blocks(blockOf(waiting.get(cell[0])));
      waiting.delete(cell[0]);
    }
  }
  for (const members of waiting.values()) for (const member of members) journal(member);
  for (const write of [journal, jobs, blocks, asked]) write.end();
  const manifest = lineWriter(join(folder, 'run.json'));
  manifest(manifestOf());
  manifest.end();
}

function trialOf([policy_name, leaves, pace, together], sample, at, ids, schema, random) {
  const own = random() < leaves ? ids.map((id, i) => (i < 20 ? id : (id * 31 + i) % 49_000)) : ids;
  const [first, step] = [(300 + 400 * random()) * pace, (9 + 3 * random()) * pace];
  const times = own.map((_, i) => round(first + i * step + random()));
  const end = round(times.at(-1) + step);
  const second = new Date(1_800_000_000_000 + at * 9000).toISOString();
  const cell = { benchmark: 'made-up', policy_name, realisation: 'engine', backend: 'ggml', model: 'smollm2-135m' };
  const fidelity = leaves > 0 ? 'lossy' : 'exact';
  const queued = together > 1 ? { queue_ms: round(first / 2), shared_passes: 40 } : {};
  const text = wordsOf(own);
  return {
    ...{ schema, key: hex(random), cell: { ...cell, fidelity }, params: together > 1 ? { slots: 8 } : {} },
    ...{ block: `made-up/${policy_name}/${Math.floor(at / together)}`, sample, repeat: 0, seed: at, status: 'ok' },
    ...{ answer: { text }, ended_at: second },
    ...(schema === 2 && { wall_ms: end }),
    turns: [
      {
        ...{ call: hex(random), started_at: second, ...(schema === 2 && { start: 0 }), sent: 0, at: times },
        ...{ tokens: own.map(() => 1), ...(schema === 2 && { texts: text.split(/(?= )/) }), end },
        ...{ prompt_tokens: 180, completion_tokens: 48, origin: 'engine', first_answer: times[0], reason: 'stop' },
        ids: own,
      },
    ],
    counters: {
      sums: {
        ...{
          prompt_tokens: 180,
          engine_ms: round(end * 0.9),
          cpu_ms: round(end * 0.88),
          graph_ms: round(3 * random()),
        },
        ...{ passes: 49, rows: 228, layer_rows: 6840, layer_work: 6840, kv_bytes_peak: 5_253_120, head_rows: 48 },
        ...{
          kv_opened_bytes_peak: 7_372_800,
          prefill_rows: 180,
          forward_ms: round(end * 0.93),
          active_ms: round(end * 0.96),
        },
        ...{
          completion_tokens: 48,
          kv_steps: 48,
          kv_bytes_sum: 225_884_160,
          call_cpu_ms: round(end * 0.97),
          ...queued,
        },
      },
      tallies: { pass_rows: { 1: 48 }, pass_sequences: { [together]: 48 } },
      calls: [],
    },
    scores: { exact_match: Number(own === ids), rouge_l: round(0.5 + random() / 2) },
  };
}

function blockOf(trials) {
  const [{ block, cell, ended_at, turns }] = trials;
  const { load, lag } = { load: 1, lag: { p50: 1, p99: 2, max: 3 } };
  return {
    ...{ schema: 1, block, cell, trials: trials.length, planned: trials.length, started_at: ended_at },
    ...{ makespan_ms: turns[0].end * (trials.length > 1 ? 1.2 : 1), completion_tokens: 48 * trials.length },
    machine: { wall_seconds: 1, load, cores: 2, core_use: 0.1, busy: 0.5, lag },
  };
}

function manifestOf() {
  const policies = cells().slice(1, -1);
  const time = '2026-11-02T10:00:00.000Z';
  return {
    ...{ schema: 1, id: 'made-up', created_at: time },
    config: {
      ...{ backend: { name: 'ggml', model: null, baseUrls: [], apiKeyEnv: null, threads: 1 } },
      benchmarks: [{ name: 'made-up', samples: null, timeout: 120, options: {} }],
      policies: policies.map(([name]) => ({ name, params: {} })),
      ...{ repeats: 1, seed: 1, maxTokens: null, temperature: 0, sampling: {}, margin: {}, concurrency: 1 },
    },
    versions: { ttcbench: '0.1.0', node: '20' },
    hardware: { cpu: 'made-up processor', cores: 2, memory_gib: 8, system: 'linux' },
    ...{ model: { name: 'smollm2-135m' }, checks: { threads: 1, acts: {} } },
    sessions: [{ started_at: time, ended_at: time, status: 'complete' }],
  };
}

function lineWriter(path, seal = (line) => line) {
  const file = openSync(path, 'w');
  let lines = [];
  const flush = () => {
    if (lines.length > 0) writeSync(file, `${lines.join('\n')}\n`);
    lines = [];
  };
  const write = (value) => {
    if (lines.push(seal(JSON.stringify(value))) >= 500) flush();
  };
  write.end = () => {
    flush();
    closeSync(file);
  };
  return write;
}

function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffled(list, random) {
  return list
    .map((value) => [random(), value])
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);
}

/** Some 900 words, the longer ones rarer. */
function wordsOf(ids) {
  const starts = 'cus ord in ac tick re a sta de con ser up'.split(' ');
  const ends = 'tomer er voice count et fund gent tus livery tract vice date'.split(' ');
  return ids.map((id) => `${starts[id % 12]}${ends[Math.floor(id / 12) % 12]}${id % 5 === 0 ? 's' : ''}`).join(' ');
}

const hex = (random) =>
  Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
const round = (number) => Math.round(number * 1e6) / 1e6;
const pick = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));

if (values.report) await reportHere(values.report);
else await measure();
