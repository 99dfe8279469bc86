/**
 * How fast and how exact is the client? Three loads against a lean server, beside other load clients in the same run.
 *
 *   npm run build && node perf/client/run.mjs             [--seconds 8] [--repeats 3] [--no-peers] [--json FILE]
 *
 *   a  answers of 16 tokens, no delay, 32 streams: streams per CPU second
 *   b  answers of 128 tokens, no delay, 32 streams: token events per CPU second
 *   c  paced answers of 100 tokens, 200 ms to the first and 20 ms between, 1,000 streams: saturation
 *   e  the same with 120 streams: error of the first token's time
 *
 * Peers run about as long as ours: one that counts its requests gets as many as it was seen to make in that time. Where
 * a ratio is a bar, every round has each client once.
 *
 * CPU is that of the client's whole process tree in the middle 70 % of the run, so start-up and report do not count.
 * Other work on the machine makes every client slower, ours too: the load average stands in the result, and
 * TTCBENCH_PERF_NICE=-15 (root) puts server and clients before it, TTCBENCH_PERF_NICE=fifo before everything else.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileServer, measure, stampErrors } from './measure.mjs';
import { findPeers } from './peers.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    repeats: { type: 'string', default: '3' },
    'no-peers': { type: 'boolean', default: false },
    only: { type: 'string', default: 'abce' },
    json: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const repeats = Number(values.repeats);
const paced = { tokens: 100, 'ttft-us': 200_000, 'itl-us': 20_000 };
const loads = [
  {
    name: 'a',
    tokens: 16,
    streams: 32,
    seconds,
    server: { tokens: 16 },
    requests: 500 * seconds,
    bar: 4000,
    peerBars: { guidellm: 40, aiperf: 20 },
  },
  {
    name: 'b',
    tokens: 128,
    streams: 32,
    seconds,
    server: { tokens: 128 },
    requests: 150 * seconds,
    bar: 100_000 / 128,
  },
  {
    name: 'c',
    tokens: 100,
    streams: 1000,
    seconds: seconds + 4,
    ramp: 2.2,
    server: paced,
    requests: 100 * seconds,
    bar: 330,
    peerStreams: 250,
  },
].filter(({ name }) => values.only.includes(name));

const server = compileServer();
if (!server) process.exit(0);
const work = mkdtempSync(join(tmpdir(), 'ttcbench-perf-out-'));
const results = [];

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

const show = (number, digits = 0) => number.toLocaleString('en', { maximumFractionDigits: digits });

function ours({ streams, seconds: time, ramp = 0 }, mode, more = []) {
  const flags = ['--streams', streams, '--seconds', time, '--ramp', ramp, '--mode', mode].map(String);
  const out = join(work, `${mode}-${results.length}-${Math.random()}`);
  return ['node', join(import.meta.dirname, 'load.mjs'), '--url', '{url}/v1', ...flags, '--out', out, ...more];
}

/** One run of a client under a load; undefined, and a loud line, where a peer gives nothing. */
async function once(load, client, command) {
  const label = `${load.name} ${client}`;
  const {
    truth: _,
    output: __,
    ...figures
  } = await measure({
    server,
    serverOptions: load.server,
    seconds: load.seconds,
    label,
    command,
  });
  console.log(
    `  ${label}: ${show(figures.perCore)} streams per CPU second (${show(figures.perSecond)}/s, ${show(figures.cores, 2)} cores, others on its core ${show(100 * figures.others)} %)`,
  );
  return figures;
}

async function speed(load, peers) {
  console.log(`${load.name}: ${load.streams} streams of ${load.tokens} tokens`);
  const asked = { ...load, streams: load.peerStreams ?? load.streams, out: work };
  const compared = load.peerBars ? repeats : 1;
  const clients = [
    { name: 'ttcbench', rounds: repeats, command: () => ours(load, 'record') },
    { name: 'ttcbench without journal', rounds: compared, command: () => ours(load, 'bare') },
    ...peers.map(({ name, command }) => ({ name, isPeer: true, rounds: compared, command: () => command(asked) })),
  ].map((client) => ({ ...client, figures: [] }));
  for (let round = 0; round < repeats; round++)
    for (const { name, isPeer, rounds, command, figures } of clients) {
      if (round >= rounds) continue;
      const time = isPeer ? { seconds: load.seconds + 60 } : {};
      try {
        figures[round] = await once({ ...load, ...time }, name, command());
      } catch (error) {
        if (!isPeer) throw error;
        console.warn(`SKIPPED: ${name} on ${load.name}: ${error.message.slice(0, 400)}`);
      }
    }
  for (const { name, rounds, figures } of clients) {
    const shown = figures.filter(Boolean);
    if (shown.length === 0) continue;
    const perCore = median(shown.map((figure) => figure.perCore));
    const tokensPerCore = perCore * load.tokens;
    results.push({
      load: load.name,
      client: name,
      perCore,
      tokensPerCore,
      load1: loadavg()[0],
      asked: rounds,
      rounds: figures,
    });
  }
}

async function exactness(round) {
  const load = { name: 'c', streams: 120, seconds: seconds + 4, ramp: 2.2 };
  const stamps = join(work, `stamps-${round}`);
  const command = ours(load, 'record', ['--stamps', stamps]);
  const result = await measure({ server, serverOptions: paced, seconds: load.seconds, label: 'stamps', command });
  // The first wave pays for connects and compilation: one stream for each place is left out.
  const errors = stampErrors(result.truth, readFileSync(stamps, 'utf8'), load.streams);
  const { cores, waiting, others } = result;
  results.push({ load: 'e', client: 'ttcbench', cores, waiting, others, load1: loadavg()[0], ...errors });
  const { lag, error } = errors;
  console.log(
    `e first token: ${load.streams} streams at once, ${errors.n} in all, ${show(cores, 2)} cores, ${show(100 * waiting)} % of the time waiting for one, others on it ${show(100 * others)} %`,
  );
  console.log(
    `  seen after it was sent: p50 ${show(lag.p50, 3)} ms, p99 ${show(lag.p99, 2)} ms, within 2 ms ${show(100 * errors.within2ms, 1)} %`,
  );
  console.log(`  error of the time to it: p50 ${show(error.p50, 3)} ms, p99 ${show(error.p99, 2)} ms`);
}

/** Every bar that was missed; the exit status is 1 where there is one. */
const missed = [];
const holds = (bar, isKept) => {
  if (!isKept) missed.push(bar);
  return isKept ? 'kept' : 'MISSED';
};

const mineOf = (load) => results.find((result) => result.load === load && result.client === 'ttcbench');

function table() {
  const rows = [
    '| load | client | streams per CPU second | token events per CPU second | ttcbench is faster by |',
    '|---|---|---|---|---|',
  ];
  for (const { load, client, perCore, tokensPerCore } of results.filter((result) => result.perCore)) {
    const mine = mineOf(load);
    const ratio = client.startsWith('ttcbench') ? '' : `${show(mine.perCore / perCore, 1)}×`;
    rows.push(`| ${load} | ${client} | ${show(perCore)} | ${show(tokensPerCore)} | ${ratio} |`);
  }
  return rows.join('\n');
}

function bars() {
  return loads.map(({ name, bar }) => {
    // A client kept from its core by others reads many events at once, which is cheap: such a figure says nothing.
    // Its own collector and file threads have the same core, and their time is counted.
    const doubt = doubtOf(name);
    if (doubt) return `${name}: ${doubt}`;
    const mine = mineOf(name);
    return `${name}: ${show(mine.perCore)} streams per CPU second, bar ${show(bar)}: ${holds(name, mine.perCore >= bar)}`;
  });
}

/** Why figures of a load say nothing. */
function doubtOf(name) {
  const rounds = results
    .filter(({ load }) => load === name)
    .flatMap((result) => result.rounds?.filter(Boolean) ?? [result]);
  const others = Math.max(...rounds.map((round) => round.others));
  if (others <= 0.1) return undefined;
  return `IN DOUBT, others had ${Number.isNaN(others) ? 'who knows how much' : `${show(100 * others)} %`} of the client's core`;
}

/** Against each peer's, round by round: a machine that slows down slows both. */
function ratioBars() {
  return loads.flatMap(({ name, peerBars = {} }) =>
    Object.entries(peerBars).flatMap(([peer, bar]) => {
      const theirs = results.find(({ load, client }) => load === name && client.startsWith(peer));
      if (!theirs) return [];
      const mine = mineOf(name);
      const ratios = theirs.rounds.flatMap((figures, round) =>
        figures ? mine.rounds[round].perCore / figures.perCore : [],
      );
      const ratio = median(ratios);
      const range = `${show(Math.min(...ratios), 1)} to ${show(Math.max(...ratios), 1)}`;
      const lost = theirs.asked - ratios.length;
      const doubt = lost > 0 ? `IN DOUBT, ${lost} of its ${theirs.asked} rounds gave nothing` : doubtOf(name);
      const verdict = doubt ?? holds(`${name}/${peer}`, ratio >= bar);
      return [
        `${name}: ${show(ratio, 1)} times ${theirs.client} (${range}; ${ratios.length} rounds), bar ${bar}: ${verdict}`,
      ];
    }),
  );
}

console.log(
  `${cpus().length} cores, load average ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}`,
);
const peers = values['no-peers'] ? [] : findPeers();
if (peers.length === 0) console.warn('SKIPPED: no peer to compare with');
for (const load of loads) await speed(load, peers);
if (values.only.includes('e')) for (let round = 0; round < repeats; round++) await exactness(round);
if (loads.length > 0) console.log(`\n${table()}\n\n${[...bars(), ...ratioBars()].join('\n')}`);
const exact = results.filter(({ load }) => load === 'e');
if (exact.length > 0) {
  const p99 = median(exact.map(({ error }) => error.p99));
  console.log(
    `e: error of the first token's time, p99 ${show(p99, 2)} ms, bar 2: ${doubtOf('e') ?? holds('e', p99 < 2)}`,
  );
}
console.log(
  `load average at the end ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}`,
);
if (values.json) writeFileSync(values.json, JSON.stringify(results, null, 2));
rmSync(work, { recursive: true, force: true });
if (missed.length > 0) process.exitCode = 1;
