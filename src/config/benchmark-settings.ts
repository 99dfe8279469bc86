/** Samples, timeout and options of a benchmark. */
import { type BenchmarkConfig, didYouMean, isFile, type PromptLevers, TtcError } from '../core/index.ts';
import { benchmarkKeys, benchmarkSectionSchema } from './document.ts';
import { fail, first, type Layer, merged, type Sources, unknownKey } from './layer.ts';
import { knownBenchmarks } from './names.ts';
import { benchmarkSetting, leversOf } from './prompt-levers.ts';
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
  const known = [...benchmarkKeys, ...(isFile(name) ? ['scorer'] : built.flatMap(({ options }) => keysOf(options)))];
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

export async function settingsOf(chosen: Chosen, { layers, registries }: Sources): Promise<BenchmarkConfig> {
  const { name, asked, data } = chosen;
  const options = merged(layers, ({ benchmarks }) => ({
    ...benchmarks?.sections[asked],
    ...benchmarks?.sections[name],
  }));
  for (const key of benchmarkKeys) delete options[key];
  if (data !== undefined) options.data = data;
  const scorer = first(layers, ({ document }) => document.scorer);
  if (isFile(name) && scorer !== undefined) options.scorer ??= [scorer].flat();
  const levers = withOwnShots(await leversOf(chosen, layers), options, builtNamed(name, registries));
  checkValues(name, options, registries);
  const samples = benchmarkSetting('samples', chosen, layers) ?? settings.samples.fallback;
  return {
    name,
    ...(name !== asked && { standsFor: asked }),
    samples: samples === 'all' ? null : samples,
    timeout: benchmarkSetting('timeout', chosen, layers) ?? settings.timeout.fallback,
    options,
    ...(levers && { levers }),
  };
}

/** A benchmark whose examples shape the rest of its prompt takes their number as an option of its own; others come in place of none. */
function withOwnShots(
  levers: PromptLevers | undefined,
  options: Settings,
  built: ReturnType<typeof builtNamed>,
): PromptLevers | undefined {
  if (levers?.shots === undefined || !keysOf(built?.options).includes('shots')) return levers;
  const { shots, ...others } = levers;
  options.shots = typeof shots === 'number' ? shots : 0;
  if (typeof shots !== 'number') return levers;
  return Object.keys(others).length > 0 ? others : undefined;
}

const builtNamed = (name: string, { builtBenchmarks }: Registries) =>
  builtBenchmarks.find((benchmark) => benchmark.name === name);

function checkValues(name: string, options: Settings, registries: Registries): void {
  const schema = builtNamed(name, registries)?.options;
  const issues = schema ? issuesOf(schema, options).issues : [];
  if (issues.length === 0) return;
  const lines = issues.map(({ path, message }) => `${['benchmarks', name, ...path].join('.')}: ${message}`);
  throw new TtcError('E_BENCHMARK', lines.join('\n'));
}
