/**
 * The main process's side of the engine's process. It starts the child when first needed and again after it died;
 * a call in flight then ends with `E_ENGINE_DIED`, and whoever plays the trial decides on a replay.
 */
import {
  type Call,
  type Context,
  charge,
  codeOf,
  type Generate,
  type Part,
  type PolicyReference,
  TtcError,
} from '../core/index.ts';
import { type Child, startChild } from './child.ts';
import type { FromHost, HostOptions, WireError } from './protocol.ts';
import { createQueue } from './queue.ts';

export interface HostProxy extends AsyncDisposable {
  /** Starts the process if none runs; identity and facts of the engine in it. */
  ready(): Promise<{ identity: string; facts: Record<string, unknown> }>;
  realise(policy: PolicyReference, params: unknown): Promise<Generate & AsyncDisposable>;
  /** A vector for each text by the encoder in this file; asked for once more where the process dies meanwhile. */
  encode(encoder: string, texts: readonly string[]): Promise<Float32Array[]>;
  /** Process id of the running child, for tests that kill it. */
  pid(): number | undefined;
}

const fromWire = (error: WireError) => new TtcError(error.code, error.message, { help: error.help });

/**
 * @param abortGrace milliseconds an aborted call may take to answer with its counters (a prefill chunk of a large
 *   model takes seconds); then the process is ended, because a realisation that never yields cannot be stopped.
 */
export function createHostProxy(options: HostOptions, { abortGrace = 10_000 } = {}): HostProxy {
  let child: Promise<Child> | undefined;
  let latest: Child | undefined;
  let disposed = false;
  let lastId = 0;

  async function running(): Promise<Child> {
    if (disposed) throw new TtcError('E_BACKEND', 'the engine was already disposed');
    child ??= startChild(options);
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

  async function realise(policy: PolicyReference, params: unknown): Promise<Generate & AsyncDisposable> {
    const realisation = ++lastId;
    const openedIn = new WeakMap<Child, Promise<void>>();
    function open(process: Child): Promise<void> {
      const opening = openedIn.get(process) ?? openIn(process, realisation, policy, params);
      openedIn.set(process, opening);
      return opening;
    }
    await open(await running());

    async function* generate(call: Call, context: Context): AsyncGenerator<Part> {
      const process = await running();
      await open(process);
      yield* stream(process, ++lastId, realisation, call, context, abortGrace);
    }
    return Object.assign(generate, {
      async [Symbol.asyncDispose]() {
        const process = await child?.catch(() => undefined);
        if (process?.alive()) process.send({ type: 'close', realisation });
      },
    });
  }

  async function encode(encoder: string, texts: readonly string[]): Promise<Float32Array[]> {
    const attempt = async () => askForVectors(await running(), ++lastId, encoder, texts);
    return attempt().catch((error) => {
      if (codeOf(error) !== 'E_ENGINE_DIED' || disposed) throw error;
      return attempt();
    });
  }

  return {
    realise,
    encode,
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

async function openIn(process: Child, realisation: number, policy: PolicyReference, params: unknown): Promise<void> {
  const queue = createQueue<FromHost>();
  using _listening = process.listen('realisation', realisation, queue.push);
  process.send({ type: 'open', realisation, policy, params });
  const message = await queue.next();
  if (message.type === 'opened' && message.error) throw fromWire(message.error);
}

async function askForVectors(
  process: Child,
  id: number,
  encoder: string,
  texts: readonly string[],
): Promise<Float32Array[]> {
  const queue = createQueue<FromHost>();
  using _listening = process.listen('id', id, queue.push);
  process.send({ type: 'encode', id, encoder, texts });
  const message = await queue.next();
  if (message.type === 'encoded' && message.vectors) return message.vectors;
  // A process that dies ends everything it was asked for.
  const error = message.type === 'encoded' || message.type === 'end' ? message.error : undefined;
  throw error ? fromWire(error) : new TtcError('E_BACKEND', `${message.type} in answer to texts to encode`);
}

async function* stream(
  process: Child,
  id: number,
  realisation: number,
  call: Call,
  context: Context,
  abortGrace: number,
): AsyncGenerator<Part> {
  context.signal.throwIfAborted();
  const queue = createQueue<FromHost>();
  using _listening = process.listen('id', id, queue.push);
  let grace: NodeJS.Timeout | undefined;
  let ended = false;
  const abort = () => {
    process.send({ type: 'abort', id });
    grace ??= setTimeout(() => process.kill(), abortGrace);
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
    clearTimeout(grace);
  }
}
