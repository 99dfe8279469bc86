import { findBenchmark } from '../benchmarks/index.ts';
import { type BenchmarkConfig, hash, plainText, type Sample, TtcError, validate } from '../core/index.ts';
import type { PlannedBenchmark } from '../runner/plan.ts';
import type { PlayedBenchmark } from '../runner/play.ts';
import { checkShots, withLevers } from './prompt-levers.ts';

export interface OpenedBenchmark {
  planned: PlannedBenchmark;
  played: PlayedBenchmark;
  /** Its first score. */
  headline: string;
}

/** Opens the benchmarks of a run. @throws E_BENCHMARK where two have one name: their trials would be mixed */
export async function openBenchmarks(configs: readonly BenchmarkConfig[]): Promise<OpenedBenchmark[]> {
  const opened = await Promise.all(configs.map(openBenchmark));
  const names = opened.map(({ planned }) => planned.name);
  const at = names.findIndex((name, place) => names.indexOf(name) < place);
  if (at < 0) return opened;
  const [first, second] = [names.indexOf(names[at] as string), at].map((place) =>
    plainText(configs[place]?.name ?? ''),
  );
  throw new TtcError('E_BENCHMARK', `${first} and ${second} are both called ${plainText(names[at] as string)}`, {
    help: 'rename one of the files: rows of a table are told apart by their names',
  });
}

/** Opens a benchmark and draws its first `samples` samples (benchmarks give them in a fair order). */
export async function openBenchmark(config: BenchmarkConfig): Promise<OpenedBenchmark> {
  const benchmark = await findBenchmark(config.name, config.options);
  const options = validate(benchmark.options, config.options, `benchmark ${benchmark.name}`, 'E_BENCHMARK');
  const plain = await benchmark.open(options);
  const open = config.levers ? withLevers(plain, config.levers, benchmark.name) : plain;
  const samples = new Map<string, Sample>();
  for await (const sample of open.samples()) {
    if (config.samples !== null && samples.size >= config.samples) break;
    samples.set(sample.id, sample);
  }
  if (samples.size === 0) throw new TtcError('E_BENCHMARK', `${benchmark.name} has no samples`);
  await checkShots(open, samples.values(), config.levers);
  const { name, version, maxTokens } = benchmark;
  return {
    planned: {
      name: open.label ?? name,
      version,
      // Where the data lie changes no answer; what they hold does.
      options: {
        ...(options as object),
        data: undefined,
        org: undefined,
        ...(config.levers && { levers: config.levers }),
      },
      sampleIds: [...samples.keys()],
      fingerprints: fingerprintsOf(samples),
      maxTokens,
    },
    played: { open, samples, maxTokens, timeout: config.timeout },
    headline: benchmark.scores[0] as string,
  };
}

/** All of a sample: system messages, examples and gold plans shape answers and scores, too. */
function fingerprintsOf(samples: ReadonlyMap<string, Sample>): Map<string, string> {
  return new Map([...samples].map(([id, sample]) => [id, hash(sample)]));
}
