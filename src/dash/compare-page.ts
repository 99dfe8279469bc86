/** Two runs, or two policies of a run, side by side: what `ttcbench compare` says. */
import { plainText } from '../core/index.ts';
import { comparisonNote, comparisonText } from '../report/index.ts';
import { compareFolders, comparePoliciesOf } from '../ttcbench/index.ts';
import { type FoundRun, isWhole, revisionOf } from './find-runs.ts';
import type { PageTable } from './page-run.ts';
import { Refusal } from './refusal.ts';
import { createCache } from './view-cache.ts';

export interface PageComparison extends Pick<PageTable, 'columns'> {
  title: string;
  /** What must be known first. */
  loud: string[];
  rows: { texts: string[] }[];
  note: string;
}

export interface CompareAsked {
  /** Runs: two of them, the first is what the other is held against; or one, of which two policies are. */
  runs: readonly FoundRun[];
  /** Of two runs: only these. Of one: the two, the first is what the other is held against. */
  policies: readonly string[];
}

const policyNote =
  'Second divided by first, of scores second less first, paired by sample. The brackets hold the choice of samples. Nothing here is corrected for having looked at several pairs: verdicts are those of the report.';

/** @throws Refusal 409 where a run is not complete: who compares while trials come in finds differences that are not there */
export function createComparisons() {
  const cache = createCache<PageComparison>();
  return async ({ runs, policies }: CompareAsked): Promise<PageComparison> => {
    for (const { name, folder } of runs)
      if (!isWhole(folder)) throw new Refusal(409, `${name} is not complete: nothing is compared until it is`);
    const key = JSON.stringify([runs.map(({ folder }) => folder), policies]);
    const revision = runs.map(({ folder }) => revisionOf(folder)).join(' ');
    return await cache(key, revision, () => (runs.length > 1 ? ofRuns(runs, policies) : ofPolicies(runs, policies)));
  };
}

async function ofRuns(runs: readonly FoundRun[], policies: readonly string[]): Promise<PageComparison> {
  const labels = runs.map(({ name }) => name);
  const folders = runs.map(({ folder }) => folder);
  const { first, runs: compared } = await compareFolders(folders, { labels, policies });
  return pageOf(first, compared[0] as (typeof compared)[number], comparisonNote);
}

async function ofPolicies([run]: readonly FoundRun[], [first = '', second = '']: readonly string[]) {
  return pageOf(first, await comparePoliciesOf((run as FoundRun).folder, first, second), policyNote);
}

function pageOf(first: string, compared: Parameters<typeof comparisonText>[1], note: string): PageComparison {
  const { loud, head, rows } = comparisonText(first, compared);
  const plain = (texts: readonly string[]) => texts.map((text) => plainText(text, 300));
  return {
    ...{ title: plainText(`${compared.label} against ${first}`, 300), loud: plain(loud), note },
    columns: plain(head).map((title, i) => ({ title, about: '', align: i < 3 ? 'left' : 'right' })),
    rows: rows.map((texts) => ({ texts: plain(texts) })),
  };
}
