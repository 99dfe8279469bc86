/** `ttcbench data`: where data come from, a set written to a folder, and what is wrong with a file. */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { type DataKind, dataKinds, dataSources } from '../benchmarks/index.ts';
import { plainText, TtcError } from '../core/index.ts';
import { checkData } from '../ttcbench/data/check-data.ts';
import { makeData } from '../ttcbench/data/make-data.ts';
import { collect } from './flags.ts';

const printJson = (value: unknown) => console.log(JSON.stringify(value, null, 2));

export function dataCommand(): Command {
  const data = new Command('data').description('list, make and check the data of benchmarks');
  data
    .command('list', { isDefault: true })
    .alias('ls')
    .description('where data come from, and under which licence')
    .option('--json', 'as JSON')
    .action(list);
  data
    .command('make')
    .description('write a set as a file of prompts, with a manifest (seed, version, SHA-256)')
    .argument('<benchmark>', `${dataSources.flatMap(({ name, from }) => (from === 'loaded' ? [] : name)).join(', ')}`)
    .requiredOption('--out <folder>', 'a new folder')
    .option('--samples <n>', 'the first so many (default: all)')
    .option('--seed <n>', 'seed of the set, where it is made from one')
    .option('--set <option=value>', 'an option of the benchmark, such as level=3; may repeat', collect)
    .option('--json', 'the manifest as JSON')
    .action(make);
  data
    .command('check')
    .description('say line by line what is wrong with a file or folder')
    .argument('<path>', 'file, folder, or a set that was made')
    .addOption(new Option('--as <kind>', 'what it is (default: told from its fields)').choices(dataKinds))
    .option('--json', 'as JSON')
    .action(check);
  return data;
}

const fromWords = { shipped: 'comes with it', made: 'made from a seed', loaded: '--data or a path' } as const;

function list({ json }: { json?: boolean }): void {
  if (json) printJson(dataSources);
  else printSources();
}

function printSources(): void {
  const rows = dataSources.map(({ name, from, licence, about }) => [name, fromWords[from], licence, about]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  console.log(
    '\nttcbench data make NAME --out FOLDER writes what comes with it or is made; docs/data-sources.md has the terms.',
  );
}

interface MakeFlags {
  out: string;
  samples?: string;
  seed?: string;
  set?: string[];
  json?: boolean;
}

async function make(name: string, { out, samples, seed, set = [], json }: MakeFlags): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const options = Object.fromEntries([...set, ...(seed === undefined ? [] : [`seed=${seed}`])].map(settingOf));
  const first = samples === undefined || samples === 'all' ? undefined : wholeNumber(samples);
  const manifest = await makeData(name, { out, samples: first, options, version });
  if (json) return printJson(manifest);
  console.log(
    `${manifest.samples} samples of ${name}, version ${manifest.version}: ${plainText(out)}/${manifest.file}`,
  );
  console.log(`SHA-256 ${manifest.sha256}`);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new TtcError('E_ARGUMENT', `--samples takes a whole number from 1, or all, not ${plainText(text, 40)}`);
}

/** `level=3` → a number, `families=["copy"]` → a list, `mode=context` → a text. */
function settingOf(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1)
    throw new TtcError('E_ARGUMENT', `--set takes option=value, not ${plainText(text, 40)}`, { help: '--set level=3' });
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}

/** Problems on a terminal; JSON has all. */
const MOST_SHOWN = 50;

async function check(path: string, { as, json }: { as?: DataKind; json?: boolean }): Promise<void> {
  const checked = await checkData(path, as);
  const { problems, rows } = checked;
  if (problems.length > 0) process.exitCode = 2;
  if (json) return printJson(checked);
  for (const problem of problems.slice(0, MOST_SHOWN)) console.log(plainText(problem, 500));
  if (problems.length > MOST_SHOWN) console.log(`and ${problems.length - MOST_SHOWN} more (--json has them)`);
  const found = problems.length === 0 ? 'nothing is wrong' : `${problems.length} problems`;
  console.log(`${plainText(path)}, read as ${checked.as}: ${rows} rows can be played, ${found}`);
}
