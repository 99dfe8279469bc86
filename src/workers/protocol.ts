/** Messages between a run and its client processes (structured clone, so BigInt stamps survive). */
import type { ResolvedConfig } from '../config/index.ts';
import type { ErrorCode, Job, MachineFacts, RateLimits, Trial } from '../core/index.ts';
import { codeOf, TtcError } from '../core/index.ts';

export interface WireError {
  code: ErrorCode;
  message: string;
  help?: string;
}

export type ToWorker =
  /** `isFree`: no limits are known, so calls need not ask. */
  | { type: 'start'; resolved: ResolvedConfig; isFree: boolean; sockets: number }
  /** `ready`: answered when a call of this job's cell would run at once. `play`: answered with its trial. */
  | { type: 'ready' | 'play'; id: number; job: Job; intended?: bigint; together?: number }
  | { type: 'granted'; id: number; error?: WireError }
  /** From now on calls ask. */
  | { type: 'limited' }
  | { type: 'abort' }
  | { type: 'stop' };

export type FromWorker =
  | { type: 'started'; identity: string; requests: number }
  | { type: 'refused'; error: WireError }
  /** No trial: the user's abort ended it. */
  | { type: 'done'; id: number; trial?: Trial; held?: boolean; error?: WireError }
  | { type: 'take'; id: number; tokens: number }
  | { type: 'settle'; id: number; used: number }
  | { type: 'hold'; milliseconds: number }
  | { type: 'observe'; limits: RateLimits }
  | { type: 'finished'; facts: WorkerFacts };

/** What a worker says when its last trial is over. */
export interface WorkerFacts {
  machine: MachineFacts;
  connections: { requests: number; connections: number; outOfFiles?: number };
  adapted: readonly string[];
}

export function toWire(error: unknown): WireError {
  const help = error instanceof TtcError ? error.help : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return { code: codeOf(error), message, ...(help !== undefined && { help }) };
}

export const fromWire = ({ code, message, help }: WireError): TtcError =>
  new TtcError(code, message, { ...(help !== undefined && { help }) });
