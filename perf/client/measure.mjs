/** Starts the server on one core and a client command on another, and counts the CPU time of the command's whole process tree. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const hasTaskset = spawnSync('taskset', ['--version']).status === 0 && cpus().length > 1;
const ticks = 100;
const samplingMilliseconds = 100;
const clientCore = 1;

/** Compiles the server; undefined where it cannot be. */
export function compileServer() {
  const path = join(mkdtempSync(join(tmpdir(), 'ttcbench-perf-')), 'stream-server');
  const source = join(import.meta.dirname, 'server', 'stream-server.c');
  const made = spawnSync('gcc', ['-O2', '-o', path, source], { encoding: 'utf8' });
  if (made.status === 0) return path;
  console.warn(`SKIPPED: the server needs gcc on Linux (${made.error?.message ?? made.stderr.split('\n')[0]})`);
  return undefined;
}

/**
 * On a busy machine a lower nice value (root) keeps other work out of the way, of server, client and peers alike.
 * `fifo` gives the first thread of each real-time priority: what a client does on a core that is its own.
 */
const nice = process.env.TTCBENCH_PERF_NICE;
const priority = nice === 'fifo' ? ['chrt', '-R', '-f', '20'] : nice ? ['nice', '-n', nice] : [];
if (Number(nice) < 0) raiseGroup(nice);

const pinned = (core, command) => [...priority, ...(hasTaskset ? ['taskset', '-c', String(core)] : []), ...command];

/**
 * Linux weighs sessions against each other first: a nice value counts among the programs of its own session only. So the
 * session gets it too, until this program ends. In a container's group it is the group that is weighed.
 */
function raiseGroup(value) {
  const file = '/proc/self/autogroup';
  try {
    const before = /nice (-?\d+)/.exec(readFileSync(file, 'utf8'))[1];
    writeFileSync(file, value);
    process.on('exit', () => writeFileSync(file, before));
    process.once('SIGINT', () => process.exit(130));
    const inGroup = /^(0:|\d+:[^:]*\bcpu\b[^:]*):\/./m.test(readFileSync('/proc/self/cgroup', 'utf8'));
    if (inGroup) console.warn('TTCBENCH_PERF_NICE counts within the control group of this process only');
  } catch (error) {
    console.warn(`TTCBENCH_PERF_NICE may count within this session only: ${error.message}`);
  }
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [user, system, waitedUser, waitedSystem] = fields.slice(11, 15).map(Number);
    return {
      parent: Number(fields[1]),
      cpu: (user + system + waitedUser + waitedSystem) / ticks,
      pages: Number(fields[21]),
    };
  } catch {
    return undefined;
  }
}

/** CPU seconds and resident bytes of a process and all its descendants; children that were waited for are in their parent's. */
function treeUse(root) {
  const stats = new Map();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(name) : undefined;
    if (stat) stats.set(Number(name), stat);
  }
  const inTree = (pid) =>
    pid === root || (stats.has(pid) && stats.get(pid).parent > 1 && inTree(stats.get(pid).parent));
  let cpu = 0;
  let pages = 0;
  for (const [pid, stat] of stats) {
    if (!inTree(pid)) continue;
    cpu += stat.cpu;
    pages += stat.pages;
  }
  return { cpu, bytes: pages * 4096 };
}

/** Seconds that the client's main thread was ready to run and had no core: other work on the machine. */
function waitOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e9;
  } catch {
    return Number.NaN;
  }
}

/** Seconds that the client's core was busy for anybody, or taken away by the machine around this one. */
function busyOf(core) {
  try {
    const line = readFileSync('/proc/stat', 'utf8')
      .split('\n')
      .find((words) => words.startsWith(`cpu${core} `));
    const [user, niced, system, , , irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number);
    return hasTaskset ? (user + niced + system + irq + softirq + steal) / ticks : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

function at(samples, time, field) {
  const after = samples.findIndex((sample) => sample.time >= time);
  if (after <= 0) return samples.at(after)?.[field] ?? 0;
  const [a, b] = [samples[after - 1], samples[after]];
  return a[field] + ((b[field] - a[field]) * (time - a.time)) / (b.time - a.time);
}

export const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function startServer(path, port, options) {
  const flags = Object.entries({ port, ...options }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [file, ...rest] = pinned(0, [path, ...flags]);
  const server = spawn(file, rest, { stdio: 'ignore' });
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(`http://127.0.0.1:${port}/reset`).then(
        () => true,
        () => false,
      )
    )
      return server;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the server did not start');
}

/** Streams as the server knows them, times in milliseconds of the clock that all processes share. */
async function truthOf(port) {
  const text = await (await fetch(`http://127.0.0.1:${port}/truth`)).text();
  return text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [id, ...words] = line.split(' ');
      const [received, first, last, done] = words.map((word) => Number(word) / 1e6);
      return { id, received, first, last, done, connection: words[4] };
    });
}

/**
 * @param command with `{url}` where the server's root goes
 * @returns streams a second, cores, streams per CPU second in the middle 70 % of the run; start-up and report are left out
 */
export async function measure({ server: path, serverOptions, command, port = 8399, seconds, label }) {
  const server = await startServer(path, port, serverOptions);
  const url = `http://127.0.0.1:${port}`;
  const [file, ...rest] = pinned(
    clientCore,
    command.map((word) => word.replaceAll('{url}', url)),
  );
  const client = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [client.stdout, client.stderr]) stream.on('data', (text) => (output += text));
  const samples = [];
  let bytes = 0;
  const sampler = setInterval(() => {
    const use = treeUse(client.pid);
    samples.push({
      time: Number(process.hrtime.bigint()) / 1e6,
      cpu: use.cpu,
      wait: waitOf(client.pid),
      busy: busyOf(clientCore),
    });
    bytes = Math.max(bytes, use.bytes);
  }, samplingMilliseconds);
  const deadline = setTimeout(() => client.kill('SIGINT'), (seconds + 120) * 1000);
  const status = await new Promise((resolve) => client.on('close', resolve));
  clearInterval(sampler);
  clearTimeout(deadline);
  const truth = await truthOf(port);
  const { connections } = /** @type {{ connections: number }} */ (await (await fetch(`${url}/stats`)).json());
  server.kill();
  await new Promise((resolve) => server.on('close', resolve));
  if (truth.length < 20)
    throw new Error(`${label}: only ${truth.length} streams (exit ${status})\n${output.slice(-2000)}`);
  return {
    ...account(truth, samples),
    label,
    streams: truth.length,
    connections,
    megabytes: Math.round(bytes / 2 ** 20),
    truth,
    output,
  };
}

function account(truth, samples) {
  const begin = truth.reduce((first, { received }) => Math.min(first, received), Number.POSITIVE_INFINITY);
  const end = truth.reduce((last, { done }) => Math.max(last, done), 0);
  const [from, to] = [begin + 0.15 * (end - begin), begin + 0.85 * (end - begin)];
  const finished = truth.filter((stream) => stream.done >= from && stream.done <= to).length;
  const within = (field) => at(samples, to, field) - at(samples, from, field);
  const span = (to - from) / 1000;
  const cpu = within('cpu');
  return {
    perSecond: finished / span,
    cores: cpu / span,
    perCore: finished / cpu,
    /** Share of the time that the client's first thread waited for a core, also for the client's own other threads. */
    waiting: within('wait') / span,
    /** Share of the time that others had the client's core. */
    others: Math.max(0, (within('busy') - cpu) / span),
  };
}

/** How late the client saw first tokens, and how far its own time to the first token is off, in milliseconds. */
export function stampErrors(truth, stampText, skip) {
  const byId = new Map(truth.map((stream) => [stream.id, stream]));
  const rows = stampText.split('\n').flatMap((line) => {
    const [id, sent, first] = line.split(' ');
    const stream = byId.get(id);
    return stream ? [{ stream, sent: Number(sent), first: Number(first) }] : [];
  });
  rows.sort((a, b) => a.stream.received - b.stream.received);
  const late = rows.slice(skip);
  const sorted = (of) => late.map(of).sort((a, b) => a - b);
  const lag = sorted(({ stream, first }) => first - stream.first);
  const error = sorted(({ stream, sent, first }) => first - sent - (stream.first - stream.received));
  const show = (values) => ({ p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: values.at(-1) });
  return {
    n: late.length,
    lag: show(lag),
    error: show(error),
    within2ms: lag.filter((value) => value < 2).length / lag.length,
  };
}
