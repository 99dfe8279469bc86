/** Which benchmarks run, and which stand in for those that have no data here. */
import { access } from 'node:fs/promises';
import { type BenchmarkConfig, didYouMean, fileWords, isFile, TtcError } from '../core/index.ts';
import { checkSections, settingsOf } from './benchmark-settings.ts';
import { fail, type Layer, type Sources } from './layer.ts';
import { knownBenchmarks } from './names.ts';
import type { Registries } from './registries.ts';

/** What runs where no benchmark is named: those that were given their data, else the first that is built. */
const defaults = { withData: ['crmarena', 'worfbench'], others: ['extract', 'tiny-crm'] };

/** The benchmarks of a run, each once; `notes` gets a sentence for each that another stands in for. */
export async function resolveBenchmarks(sources: Sources, notes: string[]): Promise<BenchmarkConfig[]> {
  const { layers, registries } = sources;
  for (const layer of layers) checkLayer(layer, registries);
  const data = await dataOf(layers);
  const chosen = new Map<string, string>();
  for (const asked of selected(layers, data, registries)) {
    const name = runnable(asked, data, registries);
    if (name !== asked) notes.push(standInNote(asked, name));
    if (!chosen.has(name)) chosen.set(name, asked);
  }
  checkScorer([...chosen.keys()], layers);
  return await Promise.all([...chosen].map(([name, asked]) => settingsOf({ name, asked, data: data[name] }, sources)));
}

/** A benchmark of ours is judged by its own scorer: another one would be left out without a word. */
function checkScorer(names: readonly string[], layers: readonly Layer[]): void {
  const layer = layers.find(({ document }) => document.scorer !== undefined);
  if (!layer || names.some(isFile)) return;
  fail(layer, ['scorer'], `${names.join(' and ')} has a scorer of its own`, {
    help: 'scorers can be chosen for a .jsonl file of your own (--benchmark ./mine.jsonl)',
  });
}

function checkLayer(layer: Layer, registries: Registries): void {
  for (const name of layer.benchmarks?.names ?? []) checkKnown(layer, ['benchmarks', name], name, registries);
  for (const name of Object.keys(layer.document.data ?? {})) checkKnown(layer, ['data', name], name, registries);
  checkSections(layer, registries);
}

function checkKnown(layer: Layer, path: readonly string[], name: string, { builtBenchmarks }: Registries): void {
  const known = [...new Set([...Object.keys(knownBenchmarks), ...builtBenchmarks.map((benchmark) => benchmark.name)])];
  if (isFile(name) || known.includes(name)) return;
  fail(layer, path, `there is no benchmark ${JSON.stringify(name)}${didYouMean(name, known)}`, {
    code: 'E_BENCHMARK',
    help: knownNames(known, builtBenchmarks),
  });
}

function knownNames(known: readonly string[], built: Registries['builtBenchmarks']): string {
  const has = (name: string) => built.some((benchmark) => benchmark.name === name);
  const names = known.filter(has).map((name) => (knownBenchmarks[name]?.standIn ? `${name} (with --data)` : name));
  const later = known.filter((name) => !has(name));
  const missing = later.length > 0 ? `; not in this version yet: ${later.join(', ')}` : '';
  return `benchmarks: ${names.join(', ') || 'none'}, or the path of a .jsonl file${missing}`;
}

/** Paths of data by benchmark, each there. */
async function dataOf(layers: readonly Layer[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const layer of layers.toReversed()) {
    const sections = Object.entries(layer.benchmarks?.sections ?? {}).map(([name, { data }]) => [name, data] as const);
    const all = [...sections, ...Object.entries(layer.document.data ?? {})];
    for (const [name, path] of all) {
      if (typeof path !== 'string') continue;
      await access(path).catch((error) =>
        fail(layer, ['data', name], `${path} cannot be read: ${fileWords(path, error)}`, { code: 'E_DATA' }),
      );
      found[name] = path;
    }
  }
  return found;
}

function selected([flags, ...rest]: readonly Layer[], data: Record<string, string>, registries: Registries): string[] {
  for (const group of [[flags as Layer], rest.toReversed()]) {
    const names = group.flatMap((layer) => layer.benchmarks?.names ?? []);
    if (names.length > 0) return names;
  }
  const given = defaults.withData.filter((name) => Object.hasOwn(data, name) && isBuilt(name, registries));
  if (given.length > 0) return given;
  const first = defaults.others.find((name) => isBuilt(name, registries)) ?? registries.builtBenchmarks[0]?.name;
  return first === undefined ? [] : [first];
}

/** Where a benchmark's data is missing, its stand-in. */
const targetOf = (name: string, data: Record<string, string>): string =>
  Object.hasOwn(data, name) ? name : (knownBenchmarks[name]?.standIn ?? name);

const isBuilt = (name: string, { builtBenchmarks }: Registries) =>
  isFile(name) || builtBenchmarks.some((benchmark) => benchmark.name === name);

function runnable(asked: string, data: Record<string, string>, registries: Registries): string {
  const name = targetOf(asked, data);
  if (isBuilt(name, registries)) return name;
  if (isBuilt(asked, registries))
    throw new TtcError('E_DATA', `${asked} has no data here`, { help: `give it with --data ${asked}=PATH` });
  const missing =
    name === asked
      ? `the benchmark ${name} is known, but this version does not have it yet`
      : `this version has neither the benchmark ${asked} nor ${name}, which stands in for it, yet`;
  const built = registries.builtBenchmarks.map((benchmark) => benchmark.name).join(', ') || 'none';
  throw new TtcError('E_NOT_BUILT', missing, { help: `built so far: ${built}` });
}

const standInNote = (asked: string, name: string) =>
  `${asked} has no data here: running ${name} in its place, our own generator (official data: --data ${asked}=PATH)`;
