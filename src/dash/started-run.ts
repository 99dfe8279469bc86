/**
 * A run that was started from the page: a child process of our own command line, given a list of arguments and never a
 * shell. Only names that the registries list reach it, so no file and no module of anybody's choice does, and only the
 * engine of this machine plays: no server is called and nothing is spent.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { plainText } from '../core/index.ts';
import { catalogue } from '../models/catalogue.ts';
import { listBenchmarks, listPolicies } from '../ttcbench/index.ts';
import { holdsRun } from './find-runs.ts';
import type { bodies } from './query.ts';
import { Refusal } from './refusal.ts';

export type RunAsked = z.output<typeof bodies.run>;

export interface Choices {
  isAllowed: boolean;
  policies: string[];
  benchmarks: string[];
  models: string[];
}

export interface StartedRun {
  /** Name of the run, as the list of runs has it. */
  run: string;
  /** To be typed again. */
  command: string;
  state: 'running' | 'ended';
  exitCode: number | null;
  /** From the page. Before the command listens to signals it ends without a code of its own. */
  isCancelled: boolean;
  /** What it said last. */
  lines: string[];
  /** It has a folder, and can be shown. */
  isThere: boolean;
}

const program = fileURLToPath(new URL('../../bin/ttcbench.js', import.meta.url));
const mostLines = 12;
const mostOutput = 4 << 20;
/** Milliseconds: a dry run loads the model for a few short calls. */
const patience = 120_000;

/** @param roots folders of runs: the first that is no run itself holds the new ones */
export function createStartedRuns(roots: readonly string[], isAllowed: boolean) {
  const folder = roots.find((root) => !holdsRun(root));
  let current: Started | undefined;
  const about = ({ child: _, ...run }: Started): StartedRun => ({
    ...run,
    isThere: folder !== undefined && holdsRun(join(folder, run.run)),
  });
  let number = 0;
  const policies = listPolicies()
    .filter(({ runs, name }) => runs.includes('engine') && name !== 'baseline')
    .map(({ name }) => name);
  const benchmarks = listBenchmarks()
    .filter(({ needsData, name }) => !needsData && /^[\w-]+$/.test(name))
    .map(({ name }) => name);
  let known: Promise<string[]> | undefined;
  const models = () => {
    known ??= modelsHere();
    return known;
  };

  async function check({ policies: asked, benchmark, model }: RunAsked): Promise<void> {
    if (!isAllowed)
      throw new Refusal(403, 'runs are not started from the page unless ttcbench dash --allow-runs says so');
    if (folder === undefined) throw new Refusal(409, 'all folders that were named are runs: name one that holds runs');
    const wrong = asked.find((name) => !policies.includes(name));
    if (wrong !== undefined) throw new Refusal(400, plainText(`policies: there is no ${wrong} for the engine`, 200));
    if (!benchmarks.includes(benchmark))
      throw new Refusal(400, 'benchmark: there is no such benchmark with data of its own');
    if (!(await models()).includes(model)) throw new Refusal(400, 'model: there is no such model on this machine');
  }

  return {
    async choices(): Promise<Choices> {
      return { isAllowed, policies, benchmarks, models: isAllowed ? await models() : [] };
    },
    async forecast(asked: RunAsked): Promise<{ command: string; forecast: unknown }> {
      await check(asked);
      const words = wordsOf(asked);
      return { command: commandOf(words), forecast: await answerOf([...words, '--dry-run', '--json']) };
    },
    async start(asked: RunAsked): Promise<StartedRun> {
      await check(asked);
      if (current?.state === 'running')
        throw new Refusal(409, 'a run that was started here goes on: wait for it, or cancel it');
      const stamp = new Date().toISOString().replace(/[-:]|\..*/g, '');
      const run = `started-${stamp}-${++number}`;
      const words = [...wordsOf(asked), '--out', join(folder as string, run)];
      current = begin(run, words);
      return about(current);
    },
    /** Undefined: none was started. */
    state: (): StartedRun | undefined => current && about(current),
    /** Finished trials stay, and the same command goes on. */
    cancel(): StartedRun {
      if (current?.state !== 'running') throw new Refusal(409, 'no run that was started here goes on');
      current.isCancelled = true;
      current.child.kill('SIGINT');
      return about(current);
    },
    /** Ends the run as Ctrl-C does. */
    async close(): Promise<void> {
      if (current?.state !== 'running') return;
      const { child } = current;
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

type Started = Omit<StartedRun, 'isThere'> & { child: ChildProcess };

const wordsOf = ({ policies, benchmark, model, samples }: RunAsked): string[] => [
  ...['run', ...policies.flatMap((name) => ['--policy', name]), '--benchmark', benchmark],
  ...['--backend', 'ggml', '--model', model, '--samples', String(samples), '--offline'],
];

const commandOf = (words: readonly string[]) =>
  ['ttcbench', ...words]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');

function begin(run: string, words: readonly string[]): Started {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'ignore', 'pipe'], shell: false });
  const started: Started = {
    ...{ run, command: commandOf(words), state: 'running', exitCode: null, isCancelled: false, lines: [], child },
  };
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (rest + piece).slice(-20_000).split('\n');
    rest = lines.pop() ?? '';
    started.lines = [...started.lines, ...lines.map((line) => plainText(line, 300))].slice(-mostLines);
  });
  const end = (code: number | null) => Object.assign(started, { state: 'ended', exitCode: code });
  child.once('error', () => end(1));
  child.once('close', end);
  return started;
}

/** What a command of ours prints as JSON. @throws Refusal 400 with its words where it fails */
function answerOf(words: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'], shell: false });
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      out = (out + piece).slice(0, mostOutput);
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      err = (err + piece).slice(-20_000);
    });
    child.once('error', () => reject(new Refusal(503, 'the command line cannot be started')));
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code !== 0) reject(new Refusal(400, plainText(err || 'the command did not come to its end', 600)));
      else resolve(JSON.parse(out));
    });
  });
}

/** They compare texts; no run can take them. */
const encoders = new Set(catalogue.flatMap(({ name, kind }) => (kind === 'encoder' ? [name] : [])));

async function modelsHere(): Promise<string[]> {
  const listed = (await answerOf(['models', 'list', '--json'])) as { name: string; state: string }[];
  return listed.filter(({ name, state }) => state === 'whole' && !encoders.has(name)).map(({ name }) => name);
}
