/** The run folders that may be looked at: those that were named, and those that lie in them. */
import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { plainText } from '../core/index.ts';
import { readManifest } from '../store/manifest.ts';
import { journalsOf } from '../store/read-journals.ts';
import { RUN_FILES } from '../store/run-folder.ts';
import { isFinished, isLoadSweep } from '../ttcbench/index.ts';

export interface FoundRun {
  /** What requests call it. */
  name: string;
  folder: string;
}

const mostRuns = 1000;

/** @param roots run folders, or folders that hold them, one or two levels below */
export const findRuns = (roots: readonly string[]): FoundRun[] => find(roots, holdsRun);

/** Sweeps over a load: their levels are runs of their own below them. */
export const findLoads = (roots: readonly string[]): FoundRun[] => find(roots, isLoadSweep);

function find(roots: readonly string[], isWanted: (folder: string) => boolean): FoundRun[] {
  const found = new Map<string, string>();
  for (const root of roots)
    for (const folder of foldersBelow(root)) {
      if (!isWanted(folder)) continue;
      if (found.size >= mostRuns || [...found.values()].includes(folder)) continue;
      const inside = folder
        .slice(resolve(root).length + 1)
        .split(sep)
        .join('/');
      found.set(unused(plainText(inside || basename(folder), 300), found), folder);
    }
  return [...found].map(([name, folder]) => ({ name, folder }));
}

function unused(name: string, taken: ReadonlyMap<string, string>): string {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name} (${n})`;
    if (!taken.has(tried)) return tried;
  }
}

function* foldersBelow(root: string, depth = 0, top = realOf(root)): Generator<string> {
  const folder = resolve(root);
  const real = realOf(folder);
  // A link that leads out of the named folder is not followed.
  if (top === undefined || real === undefined || (real !== top && !real.startsWith(top + sep))) return;
  yield folder;
  if (depth < 2 && !holdsRun(folder))
    for (const entry of foldersIn(folder)) yield* foldersBelow(join(folder, entry), depth + 1, top);
}

const realOf = (path: string): string | undefined => attempt(() => realpathSync(path));

export const holdsRun = (folder: string) =>
  attempt(() => statSync(join(folder, RUN_FILES.manifest)).isFile()) === true ||
  (attempt(() => journalsOf(folder).length) ?? 0) > 0;

const foldersIn = (folder: string): string[] =>
  attempt(() =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name)
      .sort(),
  ) ?? [];

/** What changes when the run does: sizes and times of its files. */
export function revisionOf(folder: string): string {
  const files = [RUN_FILES.manifest, RUN_FILES.samples, 'scores.jsonl', RUN_FILES.blocks].map((file) =>
    join(folder, file),
  );
  const all = [...files, ...(attempt(() => journalsOf(folder)) ?? []).map((file) => resolve(folder, file))];
  const sizes = all
    .map((file) => attempt(() => statSync(file)) ?? { size: 0, mtimeMs: 0 })
    .map(({ size, mtimeMs }) => `${size}.${Math.round(mtimeMs)}`)
    .join('-');
  return createHash('sha256').update(sizes).digest('hex').slice(0, 32);
}

/** Whether it came to its end: until then nothing is judged. */
export const isWhole = (folder: string): boolean => attempt(() => isFinished(folder)) ?? false;

/** When it began and how it stands, for the list. */
export function aboutRun({ name, folder }: FoundRun) {
  const manifest = attempt(() => readManifest(join(folder, RUN_FILES.manifest)));
  return {
    name,
    started_at: plainText(manifest?.created_at ?? '', 40),
    status: manifest?.sessions.at(-1)?.status ?? 'unknown',
  };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
