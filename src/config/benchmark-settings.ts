/** Samples, timeout and options of a benchmark. */
import { type BenchmarkConfig, didYouMean, isFile, TtcError } from '../core/index.ts';
import { benchmarkSectionSchema } from './document.ts';
import { fail, first, type Layer, merged, type Sources, unknownKey } from './layer.ts';
import { knownBenchmarks } from './names.ts';
import { issuesOf, keysOf, type Registries } from './registries.ts';
import type { Settings } from './selection.ts';
import { settings } from './settings.ts';

/** Sections of a layer, whether or not their benchmark is selected. */
export function checkSections(layer: Layer, registries: Registries): void {
  for (const [name, section] of Object.entries(layer.benchmarks?.sections ?? {})) {
    const issue = benchmarkSectionSchema.safeParse(section).error?.issues[0];
    if (issue) fail(layer, ['benchmarks', name, ...issue.path.map(String)], issue.message);
    checkNames(layer, name, section, registries);
  }
}

/** Option names of a benchmark that is not built are not known: only a slip of the pen is seen then. */
function checkNames(layer: Layer, name: string, section: Settings, { builtBenchmarks }: Registries): void {
  const names = [name, knownBenchmarks[name]?.standIn];
  const built = builtBenchmarks.filter((benchmark) => names.includes(benchmark.name));
  const known = [
    'samples',
    'timeout',
    ...(isFile(name) ? ['scorer'] : built.flatMap(({ options }) => keysOf(options))),
  ];
  const isComplete = isFile(name) || built.length > 0;
  for (const key of Object.keys(section).filter((one) => !known.includes(one)))
    if (isComplete || didYouMean(key, known)) fail(layer, ['benchmarks', name, key], unknownKey(key, known));
}

interface Chosen {
  name: string;
  /** What the user wrote: settings under this name count too. */
  asked: string;
  data: string | undefined;
}

export function settingsOf({ name, asked, data }: Chosen, { layers, registries }: Sources): BenchmarkConfig {
  const setting = <T>(key: 'samples' | 'timeout') =>
    first(
      layers,
      ({ benchmarks, document }) =>
        (benchmarks?.sections[name]?.[key] ?? benchmarks?.sections[asked]?.[key] ?? document[key]) as T | undefined,
    );
  const options = merged(layers, ({ benchmarks }) => ({
    ...benchmarks?.sections[asked],
    ...benchmarks?.sections[name],
  }));
  delete options.samples;
  delete options.timeout;
  if (data !== undefined) options.data = data;
  const scorer = first(layers, ({ document }) => document.scorer);
  if (isFile(name) && scorer !== undefined) options.scorer ??= [scorer].flat();
  checkValues(name, options, registries);
  const samples = setting<number | 'all'>('samples') ?? settings.samples.fallback;
  return {
    name,
    ...(name !== asked && { standsFor: asked }),
    samples: samples === 'all' ? null : samples,
    timeout: setting<number>('timeout') ?? settings.timeout.fallback,
    options,
  };
}

function checkValues(name: string, options: Settings, { builtBenchmarks }: Registries): void {
  const schema = builtBenchmarks.find((benchmark) => benchmark.name === name)?.options;
  const issues = schema ? issuesOf(schema, options).issues : [];
  if (issues.length === 0) return;
  const lines = issues.map(({ path, message }) => `${['benchmarks', name, ...path].join('.')}: ${message}`);
  throw new TtcError('E_BENCHMARK', lines.join('\n'));
}
