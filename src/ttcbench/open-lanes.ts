/** Engines beside the first one of a run: each has a process of its own, and plays whole samples. */
import { openBackend } from '../assembly/open-backend.ts';
import { openCells } from '../assembly/planned-policies.ts';
import { availableCores, type Job, TtcError } from '../core/index.ts';
import { groupsOf } from '../runner/deal-blocks.ts';
import type { Lanes } from '../runner/run.ts';
import type { Stage, StageOptions } from './stage.ts';

export interface OpenLanes extends AsyncDisposable {
  /** Absent where one engine plays alone. */
  lanes?: Lanes;
  /** Engines that play. */
  count: number;
}

/** @throws E_CHANGED where another process opened another engine: their trials cannot stand in one run */
export async function openLanes(
  { resolved, signal, onNote }: StageOptions,
  { opened, policies }: Stage,
  jobs: readonly Job[],
): Promise<OpenLanes> {
  const { config, execution } = resolved;
  const threads = Number((await opened.backend.facts?.())?.threads ?? 1);
  const { groupOf, count: groups } = groupsOf(jobs);
  const { count, reason } = howMany(execution.workers, { threads, cores: availableCores(), groups });
  if (reason !== undefined) onNote?.(reason);
  const backends: AsyncDisposable[] = [];
  const close = async () => {
    for (const backend of backends.toReversed()) await backend[Symbol.asyncDispose]();
  };
  if (count <= 1) return { count: 1, [Symbol.asyncDispose]: close };
  onNote?.(
    `${count} engines work side by side: answers and counters are those of one, wall times are not, for neighbours share caches and memory; compare counters and CPU times, or take one worker for times`,
  );
  try {
    const others: Lanes['others'][number][] = [];
    for (let lane = 1; lane < count; lane++) {
      const { backend } = await openBackend({ ...config.backend, threads }, { offline: execution.offline, signal });
      backends.push(backend);
      if (backend.identity !== opened.backend.identity)
        throw new TtcError('E_CHANGED', `worker ${lane + 1} opened another engine than the first: ${backend.identity}`);
      const open = openCells(backend, policies, { count: (text) => Math.ceil(text.length / 4) });
      others.push((job, ended) => open(job.cell.policy_name, ended));
    }
    return { count, lanes: { others, groupOf }, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @param groups of samples that cannot be shared out */
export function howMany(
  asked: number,
  { threads, cores, groups }: { threads: number; cores: number; groups: number },
): { count: number; reason?: string } {
  const byCores = Math.max(1, Math.floor(cores / threads));
  const count = Math.max(1, Math.min(asked, byCores, groups));
  if (count === asked) return { count };
  const many = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  const cause =
    count === byCores
      ? `this process may use ${many(cores, 'core')} and an engine takes ${many(threads, 'thread')}`
      : `the plan has ${many(groups, 'group')} of samples that belong together`;
  return { count, reason: `workers ${asked}: ${cause}, so ${count === 1 ? 'one engine works' : `${count} work`}` };
}
