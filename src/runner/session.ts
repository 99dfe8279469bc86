/** What a benchmark holds while it plays: `ask` builds the call, reads the answer and keeps the turn. */
import {
  type Call,
  type Context,
  charge,
  createMeter,
  elapsed,
  type Job,
  type Message,
  now,
  type Prepared,
  type RunConfig,
  type Session,
  seedOf,
  TtcError,
  type Turn,
} from '../core/index.ts';
import { createCollector } from './collect.ts';
import { type Reading, read } from './stream.ts';
import { turnOf } from './turn.ts';

export interface SessionOptions {
  job: Job;
  generate: Prepared;
  config: Pick<RunConfig, 'temperature' | 'sampling'>;
  maxTokens: number;
  /** The trial's context: its meter gets every turn's counters. */
  context: Context;
  /** Where the first call was meant to be sent at a set time (open loop). */
  intended: bigint | undefined;
  reading: Reading;
  stuck(): void;
}

type Limits = NonNullable<Parameters<Session['ask']>[1]>;

export interface OpenSession {
  session: Session;
  /** In the order in which they were asked. */
  turns(): Turn[];
  /** Milliseconds from the first intended send until now; undefined before there is one. */
  wall(): number | undefined;
  /** The first failure of a call: it fails the trial even where the benchmark caught it. */
  failure(): { error: unknown } | undefined;
  /** Refuses further calls and waits for the counters of those in flight. */
  close(): Promise<void>;
}

export function openSession(options: SessionOptions): OpenSession {
  const turns: (Turn | undefined)[] = [];
  const inFlight = new Set<Promise<string>>();
  let failure: { error: unknown } | undefined;
  let closed = false;
  /** The trial's start: the first intended send. */
  let origin: bigint | undefined;

  function ask(messages: readonly Message[], limits: Limits): Promise<string> {
    if (closed) return Promise.reject(new TtcError('E_BENCHMARK', 'a call was made after the trial had ended'));
    const index = turns.push(undefined) - 1;
    const startOf = (intended: bigint) => {
      origin ??= intended;
      return elapsed(origin, intended);
    };
    return askOnce(options, { messages, index, limits, startOf }, (turn) => {
      turns[index] = turn;
    });
  }

  return {
    session: {
      signal: options.context.signal,
      ask(messages, limits = {}) {
        const asking = ask(messages, limits);
        inFlight.add(asking);
        asking.then(
          () => void inFlight.delete(asking),
          (error) => {
            failure ??= { error };
            inFlight.delete(asking);
          },
        );
        return asking;
      },
    },
    turns: () => turns.flatMap((turn) => turn ?? []),
    wall: () => (origin === undefined ? undefined : elapsed(origin, now())),
    failure: () => failure,
    async close() {
      closed = true;
      if (inFlight.size > 0) await Promise.allSettled(inFlight);
    },
  };
}

/** The same for every policy, so that equal calls have equal hashes. */
function callOf(
  { job, config, maxTokens }: SessionOptions,
  messages: readonly Message[],
  turn: number,
  limits: Limits,
): Call {
  const { stop, maxTokens: ownLimit = maxTokens } = limits;
  return {
    messages,
    maxTokens: Math.min(maxTokens, ownLimit),
    temperature: config.temperature,
    ...(Object.keys(config.sampling).length > 0 && { sampling: config.sampling }),
    seed: seedOf(job.seed, turn),
    ...(stop?.length && { stop }),
    conversation: { id: `${job.cell.benchmark}/${job.sample}/${job.repeat}`, turn },
  };
}

interface Asked {
  messages: readonly Message[];
  index: number;
  limits: Limits;
  /** Milliseconds from the trial's start to an intended send. */
  startOf(intended: bigint): number;
}

/** Every turn has a meter of its own: calls of one trial may overlap. */
async function askOnce(
  options: SessionOptions,
  { messages, index, limits, startOf }: Asked,
  keep: (turn: Turn) => void,
): Promise<string> {
  const { generate, context, intended: scheduled, reading, stuck } = options;
  const call = callOf(options, messages, index, limits);
  const meter = createMeter();
  // Between two turns its process may have died.
  if (generate.ready) await generate.ready(context.signal);
  const sentAt = now();
  const intended = index === 0 && scheduled !== undefined ? scheduled : sentAt;
  const sent = elapsed(intended, sentAt);
  const startedAt = Date.now() - sent;
  const start = startOf(intended);
  const collector = createCollector(intended);
  try {
    await read(() => generate(call, { signal: context.signal, meter, intended }), collector, reading, stuck);
    return collector.collected.answer;
  } finally {
    charge(context.meter, meter.counters);
    keep(turnOf({ call, startedAt, start, sent }, collector.collected, meter.counters));
  }
}
