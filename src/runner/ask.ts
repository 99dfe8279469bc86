/** One call of a trial: built from what the benchmark asks, sent, read, and kept as a turn. */
import {
  type AskOptions,
  type Call,
  type Capability,
  type Context,
  charge,
  createMeter,
  elapsed,
  type Generate,
  type Job,
  type Message,
  now,
  type Reply,
  type RunConfig,
  seedOf,
  TtcError,
  type Turn,
  usesTools,
} from '../core/index.ts';
import { unlessAborted } from '../pacing/wait.ts';
import { createCollector, type Timeline, toolCallsOf } from './collect.ts';
import { type Reading, read } from './stream.ts';
import type { TrialClock } from './trial-clock.ts';
import { turnOf } from './turn.ts';

export interface CallSettings {
  job: Job;
  config: Pick<RunConfig, 'temperature' | 'sampling'>;
  maxTokens: number;
}

export interface Asking {
  /** The realisation, when a call would run at once: between two turns its process may have died. */
  ready(): Generate | Promise<Generate>;
  /** The trial's context: its meter gets every turn's counters. */
  context: Context;
  clock: TrialClock;
  reading: Reading;
  timeline: Timeline | undefined;
  /** The first call of the trial is sent once before it counts. */
  warm: boolean;
  /** The stream did not end in time after an abort. */
  stuck(): void;
}

/** The calls of one sample and repeat, whatever the policy. */
export const conversationOf = ({ cell, sample, repeat }: Job): string => `${cell.benchmark}/${sample}/${repeat}`;

/**
 * The same for every policy, so that equal calls have equal hashes.
 * @param turn how many calls the trial made before
 */
export function callOf(
  { job, config, maxTokens }: CallSettings,
  messages: readonly Message[],
  turn: number,
  options: AskOptions,
): Call {
  const { stop, tools, toolChoice, maxTokens: ownLimit = maxTokens } = options;
  return {
    messages,
    maxTokens: Math.min(maxTokens, ownLimit),
    temperature: config.temperature,
    ...(Object.keys(config.sampling).length > 0 && { sampling: config.sampling }),
    seed: seedOf(job.seed, turn),
    ...(stop?.length && { stop }),
    ...(tools?.length && { tools, ...(toolChoice !== undefined && { toolChoice }) }),
    conversation: { id: conversationOf(job), turn },
  };
}

/** What a call is refused with, before anything runs, where it needs tools and the backend takes none. */
export function missingTools(
  call: Pick<Call, 'tools' | 'messages'>,
  capabilities: ReadonlySet<Capability>,
): TtcError | undefined {
  if (capabilities.has('tools') || !usesTools(call)) return undefined;
  return new TtcError('E_CAPABILITY', 'the backend takes no tools', {
    help: 'use a chat API whose model has tools, or a benchmark that asks for them in plain text',
  });
}

/** The server reads the prompt and keeps it. It is on no trial's bill, and a failure is for the call itself to meet. */
async function warmed(generate: Generate, call: Call, signal: AbortSignal): Promise<void> {
  const once = async () => {
    for await (const _ of generate({ ...call, maxTokens: 1 }, { signal, meter: createMeter() }))
      if (signal.aborted) return;
  };
  await unlessAborted(
    signal,
    once().catch(() => undefined),
  );
}

/**
 * Every turn has a meter of its own: calls of one trial may overlap.
 * @param keep gets the turn when the call is over, also where it failed
 */
export async function ask(call: Call, asking: Asking, keep: (turn: Turn) => void): Promise<Reply> {
  const { context, clock, reading, stuck } = asking;
  const index = call.conversation?.turn ?? 0;
  const meter = createMeter();
  const readying = asking.ready();
  const generate = readying instanceof Promise ? await readying : readying;
  if (asking.warm && index === 0) await warmed(generate, call, context.signal);
  const sentAt = now();
  const intended = clock.begin(sentAt);
  const sent = elapsed(intended, sentAt);
  const asked = { call, index, startedAt: Date.now() - sent, start: clock.since(intended), sent };
  const collector = createCollector(intended, asking.timeline);
  const { collected } = collector;
  let failure: { error: unknown } | undefined;
  try {
    await read(() => generate(call, { signal: context.signal, meter, intended }), collector, reading, stuck);
    const { answer, reasoning, reason = 'stop' } = collected;
    return { text: answer, reasoning, toolCalls: toolCallsOf(collected, index), reason };
  } catch (error) {
    failure = { error };
    throw error;
  } finally {
    charge(context.meter, meter.counters);
    keep(turnOf(asked, collected, meter.counters, failure));
  }
}
