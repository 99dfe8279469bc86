/** From selected names to benchmarks with samples, timeout and options. */
import { access } from 'node:fs/promises';
import { type BenchmarkConfig, TtcError } from '../core/index.ts';
import { benchmarkSectionSchema } from './document.ts';
import { fail, first, type Layer, unknownKey } from './layer.ts';
import { isFile, knownBenchmarks } from './names.ts';
import { didYouMean } from './nearest.ts';
import { keysOf, type Registries } from './registries.ts';
import { sectionOf, selectionOf } from './selection.ts';

export const defaultSamples = 50;
export const defaultTimeout = 120;
/** What runs where no benchmark is named: the first of these rows of which anything is built. */
const defaults = [['crmarena', 'worfbench'], ['extract'], ['tiny-crm']];

interface Chosen {
  /** What the user wrote: settings under this name count too. */
  asked: string;
  name: string;
}

/** The benchmarks of a run, each once; `notes` gets a sentence for each that another stands in for. */
export async function resolveBenchmarks(
  layers: readonly Layer[],
  registries: Registries,
  notes: string[],
): Promise<BenchmarkConfig[]> {
  for (const layer of layers) checkSections(layer, registries);
  const data = await dataOf(layers);
  const chosen = selected(layers, data, registries).map((asked) => ({
    asked,
    name: runnable(asked, data, registries),
  }));
  for (const { asked, name } of chosen) if (asked !== name) notes.push(standInNote(asked, name));
  const unique = chosen.filter(({ name }, index) => chosen.findIndex((other) => other.name === name) === index);
  return unique.map((choice) => configOf(choice, layers, data, registries));
}

function selected(layers: readonly Layer[], data: Record<string, string>, registries: Registries): string[] {
  const [flags, ...rest] = layers as [Layer, ...Layer[]];
  for (const group of [[flags], rest.toReversed()]) {
    const found = group.map((layer) => ({ layer, names: selectionOf(layer, 'benchmarks')?.names ?? [] }));
    for (const { layer, names } of found) for (const name of names) checkKnown(layer, ['benchmarks'], name, registries);
    const names = found.flatMap((one) => one.names);
    if (names.length > 0) return names;
  }
  for (const row of defaults) {
    const built = row.filter((name) => isBuilt(targetOf(name, data), registries));
    if (built.length > 0) return built;
  }
  return registries.builtBenchmarks.slice(0, 1).map(({ name }) => name);
}

/** Where a benchmark's data is missing, its stand-in. */
const targetOf = (name: string, data: Record<string, string>): string =>
  name in data ? name : (knownBenchmarks[name]?.standIn ?? name);

const isBuilt = (name: string, { builtBenchmarks }: Registries) =>
  isFile(name) || builtBenchmarks.some((benchmark) => benchmark.name === name);

function runnable(asked: string, data: Record<string, string>, registries: Registries): string {
  const name = targetOf(asked, data);
  if (isBuilt(name, registries)) return name;
  const help = `built so far: ${registries.builtBenchmarks.map((benchmark) => benchmark.name).join(', ') || 'none'}`;
  if (name === asked) {
    throw new TtcError('E_NOT_BUILT', `the benchmark ${name} is known, but this version does not have it yet`, {
      help,
    });
  }
  const official = isBuilt(asked, registries) ? ` (give its data with --data ${asked}=PATH)` : '';
  throw new TtcError(
    'E_NOT_BUILT',
    `${asked} has no data here${official}, and this version does not have ${name}, its offline stand-in, yet`,
    { help },
  );
}

const standInNote = (asked: string, name: string) =>
  `${asked} has no data here: running ${name} in its place, our own generator (official data: --data ${asked}=PATH)`;

const known = ({ builtBenchmarks }: Registries) => [
  ...new Set([...Object.keys(knownBenchmarks), ...builtBenchmarks.map(({ name }) => name)]),
];

function checkKnown(layer: Layer, path: readonly string[], name: string, registries: Registries): void {
  const names = known(registries);
  if (isFile(name) || names.includes(name)) return;
  fail(layer, path, `there is no benchmark ${JSON.stringify(name)}${didYouMean(name, names)}`, {
    code: 'E_BENCHMARK',
    help: `known benchmarks: ${names.join(', ')}; or the path of a .jsonl file`,
  });
}

/** Paths of data by benchmark, each there. */
async function dataOf(layers: readonly Layer[]): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const layer of layers.toReversed()) {
    for (const [name, path] of Object.entries(layer.document.data ?? {})) {
      if (!Object.hasOwn(knownBenchmarks, name))
        fail(
          layer,
          ['data', name],
          `there is no benchmark ${JSON.stringify(name)}${didYouMean(name, Object.keys(knownBenchmarks))}`,
          { code: 'E_BENCHMARK' },
        );
      await access(path).catch((cause) => {
        throw new TtcError(
          'E_DATA',
          `${layer.at(['data', name])}: the data of ${name} cannot be read: ${cause.message}`,
          { cause },
        );
      });
      all[name] = path;
    }
  }
  return all;
}

/** Names, samples, timeout and option names of a layer's sections, whether or not they are selected. */
function checkSections(layer: Layer, registries: Registries): void {
  for (const [name, section] of Object.entries(selectionOf(layer, 'benchmarks')?.sections ?? {})) {
    const path = ['benchmarks', name];
    checkKnown(layer, path, name, registries);
    const result = benchmarkSectionSchema.safeParse(section);
    const [issue] = result.error?.issues ?? [];
    if (issue) fail(layer, [...path, ...issue.path.map(String)], issue.message);
    checkOptions(layer, path, name, section, registries);
  }
}

/** Options of benchmarks that are not built cannot be checked: such a benchmark cannot run either. */
function checkOptions(
  layer: Layer,
  path: string[],
  name: string,
  section: Record<string, unknown>,
  registries: Registries,
) {
  const names = [name, knownBenchmarks[name]?.standIn].filter((one) => one !== undefined);
  const built = registries.builtBenchmarks.filter((benchmark) => names.includes(benchmark.name));
  const keys = ['samples', 'timeout', ...(isFile(name) ? ['scorer'] : built.flatMap(({ options }) => keysOf(options)))];
  const wrong = Object.keys(section).find((key) => !keys.includes(key));
  if (wrong !== undefined && (built.length > 0 || isFile(name) || didYouMean(wrong, keys) !== ''))
    fail(layer, [...path, wrong], unknownKey(wrong, path, keys));
}

function configOf(
  { asked, name }: Chosen,
  layers: readonly Layer[],
  data: Record<string, string>,
  registries: Registries,
): BenchmarkConfig {
  const setting = <T>(key: 'samples' | 'timeout'): T | undefined =>
    first(layers, (document) => {
      const sections = selectionOf({ document } as Layer, 'benchmarks')?.sections ?? {};
      return (sections[name]?.[key] ?? sections[asked]?.[key] ?? document[key]) as T | undefined;
    });
  const samples = setting<number | 'all'>('samples') ?? defaultSamples;
  const {
    samples: _samples,
    timeout: _timeout,
    ...options
  } = { ...sectionOf(layers, 'benchmarks', asked), ...sectionOf(layers, 'benchmarks', name) };
  if (data[name] !== undefined) options.data = data[name];
  const scorer = first(layers, (document) => document.scorer);
  if (isFile(name) && scorer !== undefined) options.scorer = [scorer].flat();
  checkValues(name, options, registries);
  return {
    name,
    samples: samples === 'all' ? null : samples,
    timeout: setting<number>('timeout') ?? defaultTimeout,
    options,
  };
}

function checkValues(name: string, options: Record<string, unknown>, { builtBenchmarks }: Registries): void {
  const result = builtBenchmarks.find((benchmark) => benchmark.name === name)?.options['~standard'].validate(options);
  if (!result || result instanceof Promise || !('issues' in result) || result.issues === undefined) return;
  const lines = (result.issues as { message: string; path?: readonly PropertyKey[] }[]).map(
    (issue) => `benchmarks.${[name, ...(issue.path ?? [])].map(String).join('.')}: ${issue.message}`,
  );
  throw new TtcError('E_BENCHMARK', lines.join('\n'));
}
