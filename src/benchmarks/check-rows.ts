/** What is wrong with a file of rows, place by place: the readers that a run uses, going on where a run would stop. */
import { readText, type TtcError } from '../core/index.ts';
import { findFiles } from './crmarena/find-files.ts';
import { openOrg } from './crmarena/open-org.ts';
import { collectRows as collectCrmRows } from './crmarena/read-rows.ts';
import { collectSamples } from './own-file/read-samples.ts';
import { collectRows as collectWorfRows } from './worfbench/read-rows.ts';

export const dataKinds = ['own', 'crmarena', 'worfbench'] as const;
export type DataKind = (typeof dataKinds)[number];

/** Problems that are looked for; the rest of a file full of them tells nothing new. */
export const MOST_PROBLEMS = 1000;

export interface CheckedRows {
  /** Rows that can be played. */
  rows: number;
  /** Each with its place. */
  problems: string[];
}

/** @throws TtcError E_DATA where the path cannot be read at all */
export async function checkRows(path: string, kind: DataKind): Promise<CheckedRows> {
  if (kind === 'crmarena') return checkCrmarena(path);
  if (kind === 'worfbench') {
    const { rows, problems } = await collectWorfRows(path, MOST_PROBLEMS);
    return { rows: rows.length, problems: wordsOf(problems) };
  }
  const { samples, problems } = collectSamples(await readText(path, { name: path }), path, MOST_PROBLEMS);
  return { rows: samples.length, problems: wordsOf(problems) };
}

const wordsOf = (problems: readonly TtcError[]) => problems.map(({ message }) => message);

async function checkCrmarena(path: string): Promise<CheckedRows> {
  const files = await findFiles(path);
  const { rows, problems } = collectCrmRows(await readText(files.rows, { name: files.rows }));
  const found = problems.slice(0, MOST_PROBLEMS).map((problem) => `${files.rows}, ${problem}`);
  if (files.org !== undefined)
    try {
      await using _ = await openOrg(files.org, files.schema);
    } catch (error) {
      found.push((error as Error).message);
    }
  return { rows: rows.length, problems: found };
}
