/** `ttcbench export RUNS…`: rows of any number of runs as one file. */
import { extname } from 'node:path';
import { plainText, TtcError } from '../core/index.ts';
import { type ExportOptions, exportTables } from '../ttcbench/index.ts';
import { runFolders } from './run-folders.ts';

interface Flags {
  format?: string;
  of?: string;
  out?: string;
  raw?: boolean;
  rebuild?: boolean;
  metrics?: string[];
}

export async function exportRuns(runs: readonly string[], flags: Flags): Promise<void> {
  const { of = 'trials', raw, rebuild, metrics } = flags;
  const format = (flags.format ?? formatOf(flags.out) ?? 'csv') as ExportOptions['format'];
  const out = flags.out ?? (format === 'eee' ? 'every-eval-ever' : `${of}.${format}`);
  const result = await exportTables(runFolders(runs), { format, of, out, raw, rebuild, metrics });
  for (const { run, notes } of result.runs) for (const note of notes) console.error(plainText(`${run}: ${note}`));
  for (const note of result.notes) console.error(note);
  const what = format === 'eee' ? 'records' : 'rows';
  const count = result.runs.length;
  console.log(plainText(`${result.out}: ${result.rows} ${what} of ${count} ${count === 1 ? 'run' : 'runs'}`));
}

/** What a file's name says, where nobody names the format. @throws E_ARGUMENT where it says another one */
function formatOf(out: string | undefined): string | undefined {
  const ending = extname(out ?? '').slice(1);
  const known = ['csv', 'xlsx', 'parquet', 'json'];
  if (ending === '' || known.includes(ending)) return ending || undefined;
  throw new TtcError('E_ARGUMENT', `--out ${out}: .${ending} is no format of an export`, {
    help: `end the name with ${known.map((one) => `.${one}`).join(', ')}, or name the format with --format`,
  });
}
