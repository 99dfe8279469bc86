/** What plays the trials of a run over an API, without the run: benchmarks, backend, policies, cells. */
import { fitToModel } from '../assembly/fit-model.ts';
import { timeoutsOf } from '../assembly/limits.ts';
import { openBackend } from '../assembly/open-backend.ts';
import { openBenchmarks } from '../assembly/open-benchmarks.ts';
import { clientKitOf } from '../assembly/open-variant.ts';
import { openCells, planPolicies } from '../assembly/planned-policies.ts';
import { openLocalModels } from '../backends/local-models.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { type Generate, hash, type Job, type Trial } from '../core/index.ts';
import { limit } from '../pacing/limit.ts';
import type { Limiter } from '../pacing/limiter.ts';
import { retry } from '../pacing/retry.ts';
import { watchMachine } from '../runner/machine.ts';
import type { Offer } from '../runner/play.ts';
import { createPlayer } from '../runner/player.ts';
import type { WorkerFacts } from './protocol.ts';

export interface WorkerOptions {
  /** The one that all workers of the run share. */
  limiter: Limiter;
  /** The user's abort. */
  signal: AbortSignal;
  /** Sockets that are opened ahead. */
  sockets: number;
}

export interface OpenWorker extends AsyncDisposable {
  /** Of the backend: everything that can change an answer. */
  identity: string;
  /** Hash of the policies with their versions and parameters. */
  policies: string;
  /** Requests that opening took. */
  requests: number;
  ready(job: Job): unknown;
  /** `held`: an answer held a key or a login, which was taken out. */
  play(job: Job, offer?: Offer): Promise<{ trial?: Trial; held?: boolean }>;
  facts(): WorkerFacts;
}

export async function openWorker(resolved: ResolvedConfig, options: WorkerOptions): Promise<OpenWorker> {
  const open: AsyncDisposable[] = [];
  const close = async () => {
    for (const one of open.toReversed()) await one[Symbol.asyncDispose]();
  };
  try {
    return await assemble(resolved, options, { open, close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  resolved: ResolvedConfig,
  { limiter, signal, sockets }: WorkerOptions,
  { open, close }: { open: AsyncDisposable[]; close(): Promise<void> },
): Promise<OpenWorker> {
  const { config, execution } = resolved;
  const asked = await openBenchmarks(config.benchmarks);
  open.push(...asked.map(({ played }) => played.open));
  const { offline } = execution;
  const opened = await openBackend(config.backend, { offline, timeouts: timeoutsOf(resolved), signal });
  const { backend } = opened;
  open.push(backend);
  const { benchmarks } = await fitToModel(resolved, asked, undefined);
  const policies = await planPolicies(config.policies, backend, offline);
  const wrap = (generate: Generate) => retry(limit(generate, limiter));
  const local = await openLocalModels(signal);
  open.push(local);
  const cells = openCells({ ...backend, generate: wrap(backend.generate) }, policies, clientKitOf(opened, wrap, local));
  if (sockets > 0) await opened.warm?.(sockets);
  const player = createPlayer(
    {
      cells: (job, ended) => cells(job.cell.policy_name, ended),
      benchmarks: new Map(benchmarks.map(({ planned: { name }, played }) => [name, played])),
      ...{ config, capabilities: backend.capabilities, timeline: execution.timeline },
      ...(config.backend.cache === 'warm' && { warm: true }),
      ...(backend.endConversation && { endConversation: backend.endConversation }),
    },
    signal,
  );
  const machine = watchMachine();
  const connections = () => opened.connections?.() ?? { requests: 0, connections: 0 };
  return {
    identity: backend.identity,
    policies: hash(policies.map(({ planned }) => planned)),
    requests: connections().requests,
    ready: player.ready,
    async play(job, offer) {
      let trial = await player.play(job, offer);
      if (trial?.error) trial = await player.replayIfDied(job, trial);
      if (!trial) return {};
      return opened.scrub?.(trial) ? { trial, held: true } : { trial };
    },
    facts: () => ({ machine: machine.stop(), connections: connections(), adapted: opened.adapted?.() ?? [] }),
    [Symbol.asyncDispose]: close,
  };
}
