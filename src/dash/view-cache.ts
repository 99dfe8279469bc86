/** Reports of runs, made anew only when the run has changed, and one at a time for each run. */
import { type RunView, viewRun } from '../ttcbench/index.ts';
import { revisionOf } from './find-runs.ts';

const mostKept = 8;

export function createViewCache() {
  const kept = new Map<string, { revision: string; view: Promise<RunView> }>();
  return async (folder: string): Promise<RunView> => {
    const revision = revisionOf(folder);
    const known = kept.get(folder);
    if (known?.revision === revision) return await known.view;
    // Who asks while an older one is made waits for it: reading a run twice at once makes both slow.
    const view = (known?.view ?? Promise.resolve()).then(
      () => viewRun(folder),
      () => viewRun(folder),
    );
    kept.delete(folder);
    kept.set(folder, { revision, view });
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    view.catch(() => kept.get(folder)?.view === view && kept.delete(folder));
    return await view;
  };
}
