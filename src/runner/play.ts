/** Plays one job to a trial. Whatever goes wrong is data: a failed trial with a code, never a crash of the run. */
import {
  type Answer,
  type Capability,
  codeOf,
  createMeter,
  type ErrorCode,
  type Failure,
  fork,
  type Generate,
  type Job,
  type OpenBenchmark,
  type RunConfig,
  type Sample,
  type Trial,
  TtcError,
} from '../core/index.ts';
import { unlessAborted } from '../pacing/wait.ts';
import { conversationOf } from './ask.ts';
import type { Timeline } from './collect.ts';
import { failureOf } from './failure.ts';
import { type OpenSession, openSession, type SessionOptions } from './session.ts';
import { PATIENCE, type Patience } from './stream.ts';

/** A benchmark as the runner needs it. */
export interface PlayedBenchmark {
  open: OpenBenchmark;
  samples: ReadonlyMap<string, Sample>;
  /** Completion tokens a call may take where the configuration says nothing. */
  maxTokens: number;
  /** Seconds a trial may take. */
  timeout: number;
}

export interface Stage {
  /** The realisation of the job's cell, when a call would run at once. Asked before the trial's clock starts, and before each call. */
  ready(job: Job, signal: AbortSignal): Generate | Promise<Generate>;
  benchmark: PlayedBenchmark | undefined;
  config: Pick<RunConfig, 'maxTokens' | 'temperature' | 'sampling'>;
  /** The user's abort. */
  signal: AbortSignal;
  /** What the backend can do. @default nothing */
  capabilities?: ReadonlySet<Capability>;
  /** @default 'full' */
  timeline?: Timeline;
  patience?: Patience;
  /** As of `RunOptions`. */
  warm?: boolean;
  /** A stream of this job did not end in time after an abort; whoever owns its process may end that. */
  stuck?(job: Job): void;
  /** The trial is over: no more calls of its conversation come from it. */
  endConversation?(id: string): void;
}

/** When a trial is played. */
export interface Offer {
  /** When it was meant to begin; default: with its first step. */
  intended?: bigint;
  /** Trials that were offered with this one: each may wait for all others, so its time is theirs together. @default 1 */
  together?: number;
}

/** Codes that say that a cell cannot be played at all, not that a trial went wrong. */
const unsupported: ReadonlySet<ErrorCode> = new Set(['E_CAPABILITY', 'E_COMPOSE', 'E_NO_REALISATION', 'E_NOT_BUILT']);

const NOTHING: ReadonlySet<Capability> = new Set();

/** Longest delay a timer takes; a longer timeout is none. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The trial without its scores; `undefined` if the user's abort ended it, so that it is played again on resume. */
export async function play(job: Job, stage: Stage, offer: Offer = {}): Promise<Trial | undefined> {
  const meter = createMeter();
  using context = fork({ signal: stage.signal, meter });
  const { signal } = context;
  let opened: OpenSession | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const { benchmark, sample } = find(job, stage.benchmark);
    const ready = () => stage.ready(job, signal);
    const readying = ready();
    if (readying instanceof Promise) await unlessAborted(signal, readying);
    timer = startTimer(benchmark.timeout * (offer.together ?? 1), context.abort);
    opened = sessionOf(job, stage, { benchmark, ready, context: { meter, signal }, scheduled: offer.intended });
    const playing = Promise.resolve(benchmark.open.play(sample, opened.session));
    const answer = checked(await unlessAborted(signal, playing));
    await opened.close();
    const failure = opened.failure();
    if (failure) throw failure.error;
    return trialOf(job, meter, opened, { status: 'ok', answer });
  } catch (error) {
    const cause = signal.aborted ? signal.reason : error;
    await opened?.close();
    const trial = trialOf(job, meter, opened, failed(cause));
    return stage.signal.aborted && codeOf(cause) !== 'E_TIMEOUT' ? undefined : trial;
  } finally {
    clearTimeout(timer);
    stage.endConversation?.(conversationOf(job));
  }
}

function find(job: Job, benchmark: PlayedBenchmark | undefined) {
  if (!benchmark) throw new TtcError('E_BENCHMARK', `there is no benchmark ${job.cell.benchmark} in this run`);
  const sample = benchmark.samples.get(job.sample);
  if (!sample) throw new TtcError('E_BENCHMARK', `${job.cell.benchmark} has no sample ${job.sample}`);
  return { benchmark, sample };
}

function startTimer(seconds: number, abort: (reason: unknown) => void): NodeJS.Timeout | undefined {
  const milliseconds = seconds * 1000;
  if (milliseconds > LONGEST_TIMER) return undefined;
  return setTimeout(() => abort(new TtcError('E_TIMEOUT', `the trial took longer than ${seconds} s`)), milliseconds);
}

function sessionOf(
  job: Job,
  stage: Stage,
  {
    benchmark,
    ready,
    context,
    scheduled,
  }: Pick<SessionOptions, 'ready' | 'context' | 'scheduled'> & { benchmark: PlayedBenchmark },
): OpenSession {
  return openSession({
    job,
    ready,
    config: stage.config,
    maxTokens: stage.config.maxTokens ?? benchmark.maxTokens,
    context,
    capabilities: stage.capabilities ?? NOTHING,
    timeline: stage.timeline,
    warm: stage.warm ?? false,
    scheduled,
    reading: { signal: context.signal, userSignal: stage.signal, patience: stage.patience ?? PATIENCE },
    stuck: () => stage.stuck?.(job),
  });
}

/** Only what the journal can hold: a user's own benchmark may return anything. */
function checked(answer: Answer): Answer {
  if (typeof answer?.text !== 'string') throw new TtcError('E_BENCHMARK', 'play returned no answer with a text');
  if (answer.trajectory === undefined) return { text: answer.text };
  return { text: answer.text, trajectory: answer.trajectory.map(String) };
}

function trialOf(
  job: Job,
  meter: ReturnType<typeof createMeter>,
  opened: OpenSession | undefined,
  outcome: Pick<Trial, 'status' | 'answer' | 'error'>,
): Trial {
  const { key, cell, params, block, sample, repeat, seed } = job;
  const wall = opened?.wall();
  const actions = opened?.actions() ?? [];
  return {
    schema: 2,
    key,
    cell,
    params,
    block,
    sample,
    repeat,
    seed,
    ...outcome,
    ended_at: new Date().toISOString(),
    ...(wall !== undefined && { wall_ms: wall }),
    turns: opened?.turns() ?? [],
    ...(actions.length > 0 && { actions }),
    counters: meter.counters,
    scores: {},
  };
}

function failed(error: unknown): { status: 'failed' | 'unsupported'; error: Failure } {
  const failure = failureOf(error);
  return { status: unsupported.has(failure.code) ? 'unsupported' : 'failed', error: failure };
}
