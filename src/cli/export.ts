/** `ttcbench export RUNS…`: rows of any number of runs as one file. */
import { plainText } from '../core/index.ts';
import { type ExportOptions, exportTables } from '../ttcbench/index.ts';

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
  const result = await exportTables(runs, { format, of, out, raw, rebuild, metrics });
  for (const { run, notes } of result.runs) for (const note of notes) console.error(plainText(`${run}: ${note}`));
  for (const note of result.notes) console.error(note);
  const what = format === 'eee' ? 'records' : 'rows';
  console.log(plainText(`${result.out}: ${result.rows} ${what} of ${result.runs.length} runs`));
}

/** What a file's name says, where nobody names the format. */
const formatOf = (out: string | undefined) => /\.(csv|xlsx|parquet|json)$/.exec(out ?? '')?.[1];
