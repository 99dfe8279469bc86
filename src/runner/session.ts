/** What a benchmark holds while it plays: calls become turns, what an agent does in between becomes actions. */
import {
  type Action,
  type AskOptions,
  type Capability,
  type Context,
  type Message,
  type Reply,
  type Session,
  TtcError,
  type Turn,
} from '../core/index.ts';
import { type Acting, act } from './act.ts';
import { type Asking, ask, type CallSettings, callOf, missingTools } from './ask.ts';
import { createTrialClock } from './trial-clock.ts';

export interface SessionOptions extends CallSettings, Omit<Asking, 'clock'> {
  context: Context;
  capabilities: ReadonlySet<Capability>;
  /** Where the first step was meant to begin at a set time (open loop). */
  scheduled: bigint | undefined;
}

export interface OpenSession {
  session: Session;
  /** In the order in which they were asked. */
  turns(): Turn[];
  /** In the order in which they began. */
  actions(): Action[];
  /** Milliseconds from the trial's start until now; undefined before its first step. */
  wall(): number | undefined;
  /** The first failure of a call that was not allowed to fail: it fails the trial even where the benchmark caught it. */
  failure(): { error: unknown } | undefined;
  /** Refuses further steps and waits for those that are on their way. */
  close(): Promise<void>;
}

export function openSession(options: SessionOptions): OpenSession {
  const { capabilities, context, scheduled, ready, reading, timeline, warm, stuck } = options;
  const clock = createTrialClock(scheduled);
  const asking: Asking = { ready, context, clock, reading, timeline, warm, stuck };
  const turns: (Turn | undefined)[] = [];
  const actions: (Action | undefined)[] = [];
  const onTheirWay = new Set<Promise<unknown>>();
  let failure: { error: unknown } | undefined;
  let closed = false;

  /** Nobody may be waiting for it any more, and a rejection that nobody sees would end the process. */
  function refusal(what: string): Promise<never> {
    const refused = Promise.reject(new TtcError('E_BENCHMARK', `${what} after the trial had ended`));
    refused.catch(() => undefined);
    return refused;
  }

  /** No async function: each makes three promises of its own, and this runs thousands of times a second. */
  function askOnce(messages: readonly Message[], asked: AskOptions): Promise<Reply> {
    const missing = missingTools({ messages, tools: asked.tools }, capabilities);
    if (missing) return Promise.reject(missing);
    const index = turns.push(undefined) - 1;
    return ask(callOf(options, messages, index, asked), asking, (turn) => {
      turns[index] = turn;
    });
  }

  function actOnce<T>(acting: Acting<T>): Promise<T> {
    const index = actions.push(undefined) - 1;
    return act(acting, { clock, signal: context.signal }, (action) => {
      actions[index] = action;
    });
  }

  function follow<T>(step: Promise<T>, failed: (error: unknown) => void): Promise<T> {
    onTheirWay.add(step);
    step.then(
      () => void onTheirWay.delete(step),
      (error) => {
        failed(error);
        onTheirWay.delete(step);
      },
    );
    return step;
  }

  return {
    session: {
      signal: context.signal,
      capabilities,
      ask(messages, asked = {}) {
        if (closed) return refusal('a call was made');
        return follow(askOnce(messages, asked), (error) => {
          if (!asked.mayFail) failure ??= { error };
        });
      },
      act(name, input, run) {
        if (closed) return refusal(`the action ${name} was begun`);
        return follow(actOnce({ name, input, run }), () => undefined);
      },
    },
    turns: () => turns.flatMap((turn) => turn ?? []),
    actions: () => actions.flatMap((action) => action ?? []),
    wall: clock.wall,
    failure: () => failure,
    async close() {
      closed = true;
      if (onTheirWay.size > 0) await Promise.allSettled(onTheirWay);
    },
  };
}
