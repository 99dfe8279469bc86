/** Run folders as people name them: `report abc` means `runs/abc` where there is no folder `abc`. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMeanFile, plainText, TtcError } from '../core/index.ts';
import { isLoadSweep } from '../ttcbench/index.ts';

/** Where runs go that were given no `--out`. */
const usual = 'runs';

/** Runs that the help names. */
const mostNamed = 6;

/**
 * The folder itself, or the one of that name below `runs/`. What it holds is not looked at.
 * @throws E_DATA where there is neither, with the run that may be meant
 */
export function runFolder(name: string): string {
  if (existsSync(name)) return name;
  const isBare = !/[/\\]/.test(name.replace(/[/\\]+$/, ''));
  const below = join(usual, name);
  if (isBare && existsSync(below)) return below;
  const near = didYouMeanFile(name, isRunLike) || (isBare ? didYouMeanFile(below, isRunLike) : '');
  throw new TtcError('E_DATA', `there is no run folder ${plainText(name, 300)}${near}`, { help: helpOf() });
}

/** The same for several. */
export const runFolders = (names: readonly string[]): string[] => names.map(runFolder);

const isRunLike = (folder: string) => holds(folder, 'run.json') || isLoadSweep(folder);

const holds = (folder: string, file: string) => existsSync(join(folder, file));

function helpOf(): string {
  const runs = newestRuns();
  if (runs.length === 0) return 'name a folder that `ttcbench run` wrote';
  const more = runs.length > mostNamed ? ` and ${runs.length - mostNamed} more` : '';
  return `below ${usual}/ there are, the newest first: ${plainText(runs.slice(0, mostNamed).join(', '), 300)}${more}`;
}

function newestRuns(): string[] {
  if (!existsSync(usual)) return [];
  return readdirSync(usual)
    .filter((name) => isRunLike(join(usual, name)))
    .map((name) => ({ name, at: statSync(join(usual, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at)
    .map(({ name }) => name);
}
