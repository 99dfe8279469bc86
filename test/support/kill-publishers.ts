/** A process that publishes a run's rows is killed with -9 at random moments, while its journal grows. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parquetReadObjects } from 'hyparquet';
import { createRandom } from '../../src/core/index.ts';
import { trialsPath } from '../../src/tables/index.ts';
import { publishTables } from '../../src/ttcbench/index.ts';
import { start } from '../crash/kill-and-resume.ts';
import { madeUpTrials } from './made-up-run.ts';
import { appendTrials, runFolderOf } from './run-folder-of.ts';

export interface KilledPublishers {
  killed: number;
  /** Kills while something was being written aside. */
  midway: number;
  /** Of each kill: the keys in the file under its final name, as somebody else reads it; null where there is no file. */
  keysAtKills: (string[] | null)[];
  /** Keys that were in the journal at each kill. */
  journalAtKills: string[][];
  keysAtEnd: string[];
  /** Keys in the journal at the end. */
  journal: string[];
}

const publisher = join(import.meta.dirname, 'publish.mjs');

export async function killPublishers(kills: number, seed: number): Promise<KilledPublishers> {
  const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-publishers-'));
  try {
    const random = createRandom(seed);
    const folder = await runFolderOf(join(scratch, 'run'), { trials: [] });
    const report: KilledPublishers = {
      ...{ killed: 0, midway: 0, keysAtKills: [], journalAtKills: [], keysAtEnd: [], journal: [] },
    };
    const grow = (count: number) => {
      const like = madeUpTrials();
      const from = report.journal.length;
      const trials = Array.from({ length: count }, (_, at) => ({
        ...(like[(from + at) % like.length] as (typeof like)[number]),
        key: `k${from + at}`,
        sample: `s${Math.floor((from + at) / 6)}`,
      }));
      appendTrials(folder, trials);
      report.journal.push(...trials.map(({ key }) => key));
    };
    grow(600);
    let first = true;
    for (let round = 0; round < kills; round++) {
      using started = start([process.execPath, publisher, folder]);
      // Until it works at all; from then on at any moment of its rounds.
      while (first && started.lines().length === 0 && started.child.exitCode === null) await delay(1);
      first = false;
      const seen = started.lines().length;
      const isBusy = () => asides(folder).length > 0 || started.lines().length > seen;
      while (!isBusy() && started.child.exitCode === null) await delay(1);
      grow(30);
      await delay(random() * 150);
      if (asides(folder).length > 0) report.midway++;
      started.child.kill('SIGKILL');
      const { signal } = await started.ended;
      if (signal === 'SIGKILL') report.killed++;
      report.journalAtKills.push([...report.journal]);
      report.keysAtKills.push(await keysIn(folder));
    }
    await publishTables(folder);
    report.keysAtEnd = (await keysIn(folder)) ?? [];
    return report;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const asides = (folder: string): string[] => {
  const parquet = join(folder, 'parquet');
  return existsSync(parquet) ? readdirSync(parquet).filter((name) => name.includes('.tmp-')) : [];
};

async function keysIn(folder: string): Promise<string[] | null> {
  if (!existsSync(trialsPath(folder))) return null;
  const bytes = readFileSync(trialsPath(folder));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  return (await parquetReadObjects({ file, columns: ['trial_key'] })).map(({ trial_key }) => String(trial_key));
}
