/** Client processes beside the run's own, which then only deals and keeps: `--workers` against an API. */
import type { Load } from '../assembly/limits.ts';
import type { OpenBackend } from '../assembly/open-backend.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { hash, TtcError } from '../core/index.ts';
import type { Queue } from '../queue/start-queue.ts';
import type { Workers } from '../workers/start-workers.ts';
import type { Stage, StageOptions } from './stage.ts';

/** Sockets of all workers that are opened ahead. */
const mostSockets = 64;

/** @returns undefined where the run's own process plays */
export async function openClients(
  { onNote }: StageOptions,
  { resolved, opened, policies }: Stage,
  { load, left, run }: { load: Load; left: number; run: string },
): Promise<(Workers & Partial<Pick<Queue, 'safe'>> & { count: number }) | undefined> {
  const { backend } = opened;
  const { limiter } = load;
  const url = resolved.execution.queue;
  if (url !== null && left > 0) {
    if (backend.kind !== 'api') throw ownMachine(backend.kind);
    const { refuseLogins, startQueue } = await import('../queue/start-queue.ts');
    refuseLogins(resolved);
    const planned = hash(policies.map((policy) => policy.planned));
    const queue = await startQueue({
      ...{ url, run, resolved: asPlayed(resolved), identity: backend.identity, policies: planned, onNote },
    });
    return Object.assign(queue, { count: 0 });
  }
  if (backend.kind === 'engine' || !limiter || left === 0) return undefined;
  const { count, reason } = howManyClients(resolved, backend.kind, left);
  if (reason !== undefined) onNote?.(reason);
  if (count <= 1) return undefined;
  const { startWorkers } = await import('../workers/start-workers.ts');
  const isFree = isUnlimited(resolved);
  const sockets = isFree ? Math.ceil(Math.min(mostSockets, left, resolved.config.concurrency) / count) : 0;
  const workers = await startWorkers({
    ...{ count, resolved, identity: backend.identity, limiter, isFree, sockets, onNote },
  });
  return Object.assign(workers, { count });
}

/** Workers need not know where the run and its store are. */
const asPlayed = (resolved: ResolvedConfig): ResolvedConfig => ({
  ...resolved,
  execution: { ...resolved.execution, queue: null, out: null, record: null, metricsPort: null, workers: 1 },
});

const ownMachine = (kind: string): TtcError =>
  new TtcError('E_ARGUMENT', `a queue is for chat APIs: times of the ${kind} compare within one machine only`, {
    help: 'use --workers',
  });

/** @throws E_ARGUMENT where the answers are to be recorded: one file has one writer */
export function howManyClients(
  { config, execution }: Pick<ResolvedConfig, 'config' | 'execution'>,
  kind: OpenBackend['backend']['kind'],
  left: number,
): { count: number; reason?: string } {
  const asked = execution.workers;
  if (asked <= 1) return { count: 1 };
  if (execution.record !== null)
    throw new TtcError('E_ARGUMENT', '--record: several workers cannot write one recording', {
      help: 'leave --workers out',
    });
  if (kind === 'replay') return { count: 1, reason: `workers ${asked}: a recording is replayed by one process` };
  const places = execution.rps === null ? config.concurrency : Number.POSITIVE_INFINITY;
  const count = Math.min(asked, places, left);
  if (count === asked) return { count };
  const cause = count === left ? `${left} trials are left` : `at most ${places} trials run at once (--concurrency)`;
  return { count, reason: `workers ${asked}: ${cause}, so ${count === 1 ? 'one process plays' : `${count} play`}` };
}

const isUnlimited = ({ execution }: ResolvedConfig): boolean =>
  [execution.requestsPerSecond, execution.requestsPerMinute, execution.tokensPerMinute].every((one) => one === null);

/** The workers opened their own sockets; what opening them took counts against the rate. */
export function withRequests(opened: OpenBackend, workers: Workers | undefined): OpenBackend {
  if (!workers) return opened;
  const { warm: _, connections, ...others } = opened;
  const own = () => connections?.() ?? { requests: 0, connections: 0 };
  return { ...others, connections: () => ({ ...own(), requests: own().requests + workers.requests }) };
}
