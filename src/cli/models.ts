/** `ttcbench models`: what is in the model cache, fetch it, remove it. */
import { Command } from 'commander';
import { defaultModel, findModels, type ListedModel, listModels, pullModel, removeModel } from '../models/index.ts';
import { pullProgress } from './pull-progress.ts';
import { untilInterrupted } from './session.ts';

interface Flags {
  json?: boolean;
}

const print = (text: string) => console.log(text);
const printJson = (value: unknown) => print(JSON.stringify(value, null, 2));
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

export function modelsCommand(): Command {
  const models = new Command('models').description('list, pull and remove models');
  models
    .command('list', { isDefault: true })
    .alias('ls')
    .description('models known by name, and which are on this machine')
    .option('--json', 'as JSON')
    .action(list);
  models
    .command('pull')
    .description(`download a model and verify it; what is there is verified anew (default: ${defaultModel})`)
    .argument('[name]', 'model', defaultModel)
    .option('--json', 'as JSON')
    .action(pull);
  models
    .command('find')
    .description('models that other programs downloaded, to be used in place')
    .option('--json', 'as JSON')
    .action(find);
  models
    .command('rm')
    .description('remove a model from the cache')
    .argument('<name>', 'model')
    .option('--json', 'as JSON')
    .action(remove);
  return models;
}

async function list({ json }: Flags): Promise<void> {
  const models = await listModels();
  if (json) return printJson(models);
  const rows = models.map((model) => [
    `${model.name}${model.isDefault ? ' (default)' : ''}`,
    stateOf(model),
    megabytes(model.bytes),
    model.licence,
    model.about,
  ]);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

function stateOf({ embedded, state, partial, bytes }: ListedModel): string {
  if (embedded) return state === 'whole' ? 'built in' : state;
  if (state !== 'missing' || partial === 0) return { whole: 'here', damaged: 'damaged', missing: 'not here' }[state];
  return `${Math.floor((100 * partial) / bytes)} % here`;
}

async function pull(name: string, { json }: Flags): Promise<void> {
  const progress = pullProgress();
  using session = untilInterrupted();
  try {
    const { onProgress, onNote } = progress;
    const model = await pullModel(name, { onProgress, onNote, signal: session.signal });
    progress.stop();
    if (json) return printJson(model);
    const took = model.downloadSeconds === undefined ? 'verified' : `${model.downloadSeconds.toFixed(1)} s`;
    print(`${model.name} is here: ${model.path} (${megabytes(model.bytes)}, ${took})`);
  } finally {
    progress.stop();
  }
}

async function find({ json }: Flags): Promise<void> {
  const models = await findModels();
  if (json) return printJson(models);
  if (models.length === 0) return print('no models of llama.cpp, Ollama, LM Studio or Hugging Face were found');
  // names of files are other people's words
  const shown = (text: string) => text.replace(/\p{C}/gu, '?');
  for (const { program, name, path, bytes } of models)
    print(`${program}: ${shown(name)} (${megabytes(bytes)})\n  --model ${shown(path)}`);
}

async function remove(name: string, { json }: Flags): Promise<void> {
  const removed = await removeModel(name);
  if (json) return printJson(removed);
  print(
    removed.bytes > 0 ? `${removed.name} removed, ${megabytes(removed.bytes)} free` : `${removed.name} was not here`,
  );
}
