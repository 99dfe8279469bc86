/** `ttcbench doctor`: what is installed, what is wrong and how to mend it. Each finding is checked, not assumed. */
import { styleText } from 'node:util';
import { backends } from '../backends/index.ts';
import { loadDotEnv } from '../config/index.ts';
import { type BackendConfig, TtcError } from '../core/index.ts';
import { processorName } from '../core/processor.ts';
import { cacheFolder, type ListedModel, listModels, resolveModel } from '../models/index.ts';
import { openBackend, version } from '../ttcbench/index.ts';
import { engineFindings, type Finding } from './engine-findings.ts';
import { memoryFinding } from './memory-finding.ts';
import { helpOf } from './report-error.ts';

const keys = backends.flatMap(({ name, keyVariable }) =>
  keyVariable === undefined ? [] : [[keyVariable, `the ${name} backend`] as const],
);

export async function doctor(flags: { json?: boolean; model?: string }): Promise<void> {
  const { note } = loadDotEnv('.', process.env);
  const findings: Finding[] = [];
  if (!flags.json) console.log(`ttcbench ${version}`);
  for await (const finding of examine(flags.model ?? 'tiny8', note)) {
    findings.push(finding);
    if (!flags.json) print(finding);
  }
  if (flags.json) console.log(JSON.stringify({ version, findings }, null, 2));
  if (findings.some(({ state }) => state === 'wrong')) process.exitCode = 1;
}

/** One by one: what a model will take is to be read before it is opened. */
async function* examine(model: string, note: string | undefined): AsyncGenerator<Finding> {
  yield nodeVersion();
  yield { name: 'processor', state: 'ok', about: processorName() };
  const memory = await memoryOf(model);
  if (memory) yield memory;
  if (memory?.state !== 'wrong') yield* await engine(model);
  yield* await models();
  yield* keys.map(([name, use]) => key(name, use));
  if (note !== undefined) yield { name: '.env', state: 'warning', about: note };
}

/** Undefined where the file is not at hand or no model: the attempt to open it says why. */
async function memoryOf(model: string): Promise<Finding | undefined> {
  const { forecastMemory } = await import('../engine/index.ts');
  try {
    const { path } = await resolveModel(model, { offline: true });
    return memoryFinding(forecastMemory(path), process.availableMemory());
  } catch {
    return undefined;
  }
}

function print({ name, state, about, help }: Finding): void {
  const colours = { ok: 'green', missing: 'yellow', warning: 'yellow', wrong: 'red' } as const;
  const mark = styleText(colours[state], state.padEnd(7));
  console.log(`${mark} ${name}: ${about}${help ? `\n        ${help}` : ''}`);
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  return {
    name: 'node',
    state: fits ? 'ok' : 'wrong',
    about: `${process.versions.node} on ${process.platform} ${process.arch}`,
    ...(!fits && { help: 'ttcbench needs Node 20.19 or later' }),
  };
}

/** Loads a model in the engine's own process: what works here works in a run. */
async function engine(model: string): Promise<Finding[]> {
  const config: BackendConfig = { name: 'ggml', model, baseUrls: [], apiKeyEnv: null, threads: 1 };
  try {
    const { backend } = await openBackend(config, { offline: true });
    await using _backend = backend;
    const facts = (await backend.facts?.()) ?? {};
    return [{ name: 'engine', state: 'ok', about: `loaded ${model}: ${backend.identity}` }, ...engineFindings(facts)];
  } catch (error) {
    const help = error instanceof TtcError ? helpOf(error) : undefined;
    return [{ name: 'engine', state: 'wrong', about: (error as Error).message, ...(help && { help }) }];
  }
}

async function models(): Promise<Finding[]> {
  const listed = await listModels();
  return [{ name: 'model cache', state: 'ok', about: cacheFolder() }, ...listed.map(cached)];
}

function cached({ name, state, bytes, embedded, isDefault, licence }: ListedModel): Finding {
  const size = `${(bytes / 1e6).toFixed(1)} MB, ${licence}`;
  const where = embedded ? ', embedded' : '';
  const about = `${state}, ${size}${where}${isDefault ? ', the default' : ''}`;
  if (state === 'whole') return { name: `model ${name}`, state: 'ok', about };
  const help = `ttcbench models pull ${name}`;
  return { name: `model ${name}`, state: state === 'missing' ? 'missing' : 'wrong', about, help };
}

function key(name: string, use: string): Finding {
  if (process.env[name]) return { name, state: 'ok', about: `set, for ${use}` };
  return { name, state: 'missing', about: `not set: needed only for ${use}`, help: `put ${name}=... into .env` };
}
