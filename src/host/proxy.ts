/**
 * The main process's side of the engine's process. It starts the child when first needed and again after it died;
 * a call in flight then ends with `E_ENGINE_DIED`, and whoever plays the trial decides on a replay.
 */
import {
  type Call,
  type Context,
  charge,
  codeOf,
  createMeter,
  type Part,
  type PolicyReference,
  type Prepared,
  type TokenScore,
  TtcError,
} from '../core/index.ts';
import { type Child, startChild } from './child.ts';
import { type EngineAbout, type Proofs, refuseAnotherEngine } from './proof.ts';
import type { FromHost, HostOptions, ToHost, WireError } from './protocol.ts';
import { createQueue } from './queue.ts';

export interface HostProxy extends AsyncDisposable {
  /** Starts the process if none runs; identity and facts of the engine in it. */
  ready(): Promise<{ identity: string; facts: Record<string, unknown> }>;
  /**
   * Its `ready` starts the process where none runs, opens the realisation in it and warms it up: once per process.
   * @param signal ends the process where the realisation does not open in time
   */
  realise(policy: PolicyReference, params: unknown, signal?: AbortSignal): Promise<Prepared & AsyncDisposable>;
  /** A vector for each text by the encoder in this file; asked for once more where the process dies meanwhile. */
  encode(encoder: string, texts: readonly string[]): Promise<Float32Array[]>;
  /** How surprising the tokens of a text are to the model in this file; asked for once more as above. */
  score(scorer: string, text: string): Promise<TokenScore[]>;
  /** Process id of the running child, for tests that kill it. */
  pid(): number | undefined;
}

/**
 * The first call of a process pays for code and graphs that are not there yet: 17.7 ms of CPU on tiny8, 10.8 after this
 * one, 10.6 later (medians of 7). It plays in a realisation of its own that is closed again, so that what is measured
 * has seen no call.
 */
const WARM_UP: Call = {
  messages: [{ role: 'user', content: 'Good morning! Which colour does the sky have today, and which one the grass?' }],
  maxTokens: 8,
  temperature: 0,
  seed: 1,
};

const fromWire = (error: WireError) => new TtcError(error.code, error.message, { help: error.help });

export interface HostLimits {
  /**
   * Milliseconds for which the process may say nothing, of any call, while it owes the counters of an aborted one (a
   * prefill chunk of a large model takes seconds). Then it is ended: a realisation that never yields cannot be stopped.
   * @default 10,000
   */
  abortGrace?: number;
  /** Ends a start, and allows no other. */
  signal?: AbortSignal | undefined;
  /** @default the engine's process */
  start?: typeof startChild;
}

export function createHostProxy(
  options: HostOptions,
  { abortGrace = 10_000, signal: user, start: startProcess = startChild }: HostLimits = {},
): HostProxy {
  let child: Promise<Child> | undefined;
  let latest: Child | undefined;
  let disposed = false;
  let lastId = 0;
  let original: EngineAbout | undefined;
  let proofs: Proofs = {};

  /** The first process says what it is and what it opened; those after it have to be and open the same. */
  async function start(): Promise<Child> {
    const threads = typeof original?.facts.threads === 'number' ? original.facts.threads : options.threads;
    const onProof = (path: string, proof: Proofs[string]) => {
      // The first word holds: what is opened later in the same process need not be what it had loaded.
      proofs = { [path]: proof, ...proofs };
    };
    const passMs = original?.facts.passMs as HostOptions['passMs'];
    const started = await startProcess({ ...options, threads, proofs, passMs }, { signal: user, onProof, abortGrace });
    original ??= started;
    try {
      refuseAnotherEngine(original, started);
    } catch (error) {
      started.kill();
      throw error;
    }
    return started;
  }

  async function running(): Promise<Child> {
    if (disposed) throw new TtcError('E_BACKEND', 'the engine was already disposed');
    child ??= start();
    const current = child;
    try {
      const started = await current;
      latest = started;
      if (started.alive()) return started;
    } catch (error) {
      if (child === current) child = undefined;
      throw error;
    }
    if (child === current) child = undefined;
    return running();
  }

  /** What is wrong with the policy is for its trials to say. */
  async function warmUp(process: Child, policy: PolicyReference, params: unknown, signal: AbortSignal): Promise<void> {
    const twin = ++lastId;
    try {
      await openIn(process, twin, policy, params);
      const unseen = { signal, meter: createMeter() };
      for await (const _ of stream(process, ++lastId, twin, WARM_UP, unseen));
    } catch {
    } finally {
      process.send({ type: 'close', realisation: twin });
    }
  }

  async function realise(
    policy: PolicyReference,
    params: unknown,
    signal?: AbortSignal,
  ): Promise<Prepared & AsyncDisposable> {
    const realisation = ++lastId;
    const openedIn = new WeakMap<Child, Promise<void>>();
    const warmedIn = new WeakMap<Child, Promise<void>>();
    let warmable = true;
    function open(process: Child): Promise<void> {
      const opening = openedIn.get(process) ?? openIn(process, realisation, policy, params);
      openedIn.set(process, opening);
      return opening;
    }
    async function ready(signal: AbortSignal): Promise<void> {
      for (;;) {
        const process = await running();
        await endedBy(signal, process, open(process));
        if (!warmable) return;
        const warming = warmedIn.get(process) ?? warmUp(process, policy, params, signal);
        warmedIn.set(process, warming);
        await endedBy(signal, process, warming);
        if (process.alive()) return;
        // A warm-up that kills its process is not tried again: the trial may fare better.
        signal.throwIfAborted();
        warmable = false;
      }
    }
    const first = await running();
    await endedBy(signal, first, open(first));

    async function* generate(call: Call, context: Context): AsyncGenerator<Part> {
      const process = await running();
      await open(process);
      yield* stream(process, ++lastId, realisation, call, context);
    }
    return Object.assign(generate, {
      ready,
      async [Symbol.asyncDispose]() {
        const process = await child?.catch(() => undefined);
        if (process?.alive()) process.send({ type: 'close', realisation });
      },
    });
  }

  /** Asks once more where the process died. */
  async function anew<T>(attempt: () => Promise<T>): Promise<T> {
    return attempt().catch((error) => {
      if (codeOf(error) !== 'E_ENGINE_DIED' || disposed) throw error;
      return attempt();
    });
  }

  const encode = (encoder: string, texts: readonly string[]) =>
    anew(async () => askForVectors(await running(), ++lastId, encoder, texts));
  const score = (scorer: string, text: string) =>
    anew(async () => askForScores(await running(), ++lastId, scorer, text));

  return {
    realise,
    encode,
    score,
    pid: () => latest?.pid,
    async ready() {
      const { identity, facts } = await running();
      return { identity, facts };
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      const process = await child?.catch(() => undefined);
      await process?.stop();
    },
  };
}

/** Ends the process with the signal: nothing else stops an opening that hangs or a realisation that never yields. */
async function endedBy(signal: AbortSignal | undefined, process: Child, work: Promise<void>): Promise<void> {
  const end = () => process.kill();
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  try {
    await work;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

async function openIn(process: Child, realisation: number, policy: PolicyReference, params: unknown): Promise<void> {
  const queue = createQueue<FromHost>();
  using _listening = process.listen('realisation', realisation, queue.push);
  process.send({ type: 'open', realisation, policy, params });
  const message = await queue.next();
  if (message.type === 'opened' && message.error) throw fromWire(message.error);
}

async function askForScores(process: Child, id: number, scorer: string, text: string): Promise<TokenScore[]> {
  const message = await asked(process, id, { type: 'score', id, scorer, text });
  if (message.type === 'scored' && message.scores) return message.scores;
  throw faultOf(message, 'a text to score');
}

async function asked(process: Child, id: number, question: ToHost): Promise<FromHost> {
  const queue = createQueue<FromHost>();
  using _listening = process.listen('id', id, queue.push);
  process.send(question);
  return await queue.next();
}

/** A process that dies ends everything it was asked for. */
function faultOf(message: FromHost, what: string): TtcError {
  const error = 'error' in message ? message.error : undefined;
  return error ? fromWire(error) : new TtcError('E_BACKEND', `${message.type} in answer to ${what}`);
}

async function askForVectors(
  process: Child,
  id: number,
  encoder: string,
  texts: readonly string[],
): Promise<Float32Array[]> {
  const message = await asked(process, id, { type: 'encode', id, encoder, texts });
  if (message.type === 'encoded' && message.vectors) return message.vectors;
  throw faultOf(message, 'texts to encode');
}

async function* stream(
  process: Child,
  id: number,
  realisation: number,
  call: Call,
  context: Context,
): AsyncGenerator<Part> {
  context.signal.throwIfAborted();
  const queue = createQueue<FromHost>();
  using _listening = process.listen('id', id, queue.push);
  let owed: Disposable | undefined;
  let ended = false;
  const abort = () => {
    process.send({ type: 'abort', id });
    owed ??= process.owed();
  };
  const finish = (message: FromHost & { type: 'end' }) => {
    ended = true;
    charge(context.meter, message.counters);
  };
  context.signal.addEventListener('abort', abort, { once: true });
  try {
    process.send({ type: 'call', id, realisation, call });
    for (;;) {
      const message = await queue.next();
      if (message.type === 'part') yield message.part;
      else if (message.type === 'end') {
        finish(message);
        if (message.error) throw fromWire(message.error);
        return;
      }
    }
  } finally {
    context.signal.removeEventListener('abort', abort);
    if (!ended) {
      // The reader left early: the call is over only when its counters are in.
      abort();
      while (!ended) {
        const message = await queue.next();
        if (message.type === 'end') finish(message);
      }
    }
    owed?.[Symbol.dispose]();
  }
}
