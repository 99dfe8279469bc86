/** Writes the samples of a benchmark that brings its data as a file, with a manifest that says what they are. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataSources, findBenchmark } from '../../benchmarks/index.ts';
import {
  type AskOptions,
  type Message,
  type OpenBenchmark,
  type Sample,
  TtcError,
  validate,
} from '../../core/index.ts';

export interface DataManifest {
  ttcbench: string;
  benchmark: string;
  /** Of the benchmark: raised when its samples or scores change. */
  version: string;
  /** All options, the seed among them. */
  options: Record<string, unknown>;
  licence: string;
  samples: number;
  /** The file of samples, beside the manifest. */
  file: string;
  /** SHA-256 of that file. */
  sha256: string;
}

export interface MakeDataOptions {
  /** An empty or new folder. */
  out: string;
  /** The first so many. @default all */
  samples?: number | undefined;
  options?: Record<string, unknown>;
  /** Of ttcbench. */
  version: string;
}

const FILE = 'samples.jsonl';

/** @throws TtcError E_BENCHMARK (unknown, of the user's own data, or for agents), E_ARGUMENT (the folder is not empty) */
export async function makeData(name: string, given: MakeDataOptions): Promise<DataManifest> {
  const source = dataSources.find((one) => one.name === name && one.from !== 'loaded');
  const benchmark = await findBenchmark(name);
  if (!source)
    throw new TtcError('E_BENCHMARK', `the data of ${name} are loaded from a path and cannot be made`, {
      help: `ttcbench makes ${dataSources.flatMap((one) => (one.from === 'loaded' ? [] : one.name)).join(', ')}`,
    });
  const options = validate(benchmark.options, given.options ?? {}, `benchmark ${name}`, 'E_BENCHMARK') as Record<
    string,
    unknown
  >;
  await using open = await benchmark.open(options);
  const lines: string[] = [];
  for await (const sample of open.samples()) {
    if (lines.length === given.samples) break;
    lines.push(`${JSON.stringify(await lineOf(open, sample, name))}\n`);
  }
  const text = lines.join('');
  const manifest: DataManifest = {
    ...{ ttcbench: given.version, benchmark: name, version: benchmark.version, options },
    ...{ licence: source.licence, samples: lines.length, file: FILE, sha256: sha256Of(text) },
  };
  await write(given.out, text, manifest);
  return manifest;
}

export const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

async function write(folder: string, text: string, manifest: DataManifest): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new TtcError('E_ARGUMENT', `--out: the folder ${folder} is not empty`, { help: 'name a new folder' });
  await writeFile(join(folder, FILE), text);
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** A sample as a line of a user's own file: what the benchmark would send. */
async function lineOf(open: OpenBenchmark, sample: Sample, name: string): Promise<Record<string, unknown>> {
  let sent: { messages: readonly Message[]; limits: AskOptions } | undefined;
  await open.play(sample, {
    signal: new AbortController().signal,
    capabilities: new Set(),
    act: () => Promise.reject(forAgents(name)),
    ask: async (messages, limits = {}) => {
      if (sent) throw forAgents(name);
      sent = { messages: [...messages], limits };
      return { text: '', reasoning: '', toolCalls: [], reason: 'stop' };
    },
  });
  const { messages = [], limits = {} } = sent ?? {};
  const { stop, maxTokens } = limits;
  return {
    ...{ id: sample.id, messages, reference: sample.reference },
    ...(sample.family !== undefined && { family: sample.family }),
    ...(stop && { stop }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  };
}

const forAgents = (name: string) =>
  new TtcError('E_BENCHMARK', `${name} for agents takes several calls a task, and a file of prompts holds one`, {
    help: 'leave mode=agent out',
  });
