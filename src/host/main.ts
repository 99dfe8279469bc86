/**
 * The engine's process: one engine, the realisations opened on it, calls in flight. Only calls, parts and
 * counters cross to the main process, so an assert in native code costs at most the calls in flight.
 */
import { pathToFileURL } from 'node:url';
import { type AnyPolicy, codeOf, type Generate, type PolicyReference, TtcError, validate } from '../core/index.ts';
import { createEngine } from '../engine/index.ts';
import { compose, isComposition } from '../policies/compose.ts';
import { policies } from '../policies/index.ts';
import type { FromHost, HostOptions, ToHost, WireError } from './protocol.ts';
import { serve } from './serve.ts';

type Engine = Awaited<ReturnType<typeof createEngine>>;
type Opened = Generate & Partial<AsyncDisposable>;

const send = (message: FromHost) => process.send?.(message);

function wireError(error: unknown): WireError {
  const help = error instanceof TtcError ? error.help : undefined;
  return { code: codeOf(error), message: error instanceof Error ? error.message : String(error), help };
}

async function findPolicy(reference: PolicyReference): Promise<AnyPolicy> {
  if ('name' in reference) {
    if (isComposition(reference.name)) return compose(reference.name);
    const found = policies.find((policy) => policy.name === reference.name);
    if (found) return found;
    throw new TtcError('E_POLICY', `there is no policy named ${reference.name}`);
  }
  const module = await import(pathToFileURL(reference.module).href);
  return module.default as AnyPolicy;
}

/** Other models beside the engine's own, each opened once with the same settings. */
function createOthers({ threads, prefill }: HostOptions): { open(path: string): Promise<Engine> } & AsyncDisposable {
  const opened = new Map<string, Promise<Engine>>();
  return {
    open(path) {
      const opening = opened.get(path) ?? createEngine(path, { threads, prefill });
      opened.set(path, opening);
      // A model that could not be opened is tried again.
      opening.catch(() => opened.delete(path));
      return opening;
    },
    async [Symbol.asyncDispose]() {
      for (const opening of opened.values()) await (await opening.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}

async function openRealisation(
  engine: Engine,
  reference: PolicyReference,
  params: unknown,
  openOther: (path: string) => Promise<Engine>,
): Promise<Opened> {
  const policy = await findPolicy(reference);
  if (!policy.engine) {
    throw new TtcError('E_NO_REALISATION', `${policy.name} has no engine realisation`, {
      help: 'use a chat backend for it',
    });
  }
  const valid = validate(policy.params, params, policy.name, 'E_POLICY');
  return policy.engine.open(engine, valid, {
    engine: openOther,
    count: (text) => engine.tokenizer.encode(text).length,
  });
}

async function start(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as HostOptions;
  const engine = await createEngine(options.modelPath, options);
  const others = createOthers(options);
  const realisations = new Map<number, Promise<Opened>>();
  const inFlight = new Map<number, AbortController>();

  async function stop(): Promise<void> {
    for (const controller of inFlight.values()) controller.abort();
    await others[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    process.exit(0);
  }

  process.on('message', (message: ToHost) => {
    if (message.type === 'open') {
      const opening = openRealisation(engine, message.policy, message.params, others.open);
      realisations.set(message.realisation, opening);
      opening.then(
        () => send({ type: 'opened', realisation: message.realisation }),
        (error) => send({ type: 'opened', realisation: message.realisation, error: wireError(error) }),
      );
    } else if (message.type === 'close') {
      const closing = realisations.get(message.realisation);
      realisations.delete(message.realisation);
      closing?.then((realisation) => realisation[Symbol.asyncDispose]?.()).catch(() => undefined);
    } else if (message.type === 'call') {
      const controller = new AbortController();
      inFlight.set(message.id, controller);
      const generate: Generate = async function* (call, context) {
        const realisation = await realisations.get(message.realisation);
        if (!realisation) throw new TtcError('E_BACKEND', `realisation ${message.realisation} is not open`);
        yield* realisation(call, context);
      };
      serve(generate, message.call, controller.signal, (part) => send({ type: 'part', id: message.id, part })).then(
        ({ counters, error }) => {
          inFlight.delete(message.id);
          send({ type: 'end', id: message.id, counters, error: error === undefined ? undefined : wireError(error) });
        },
      );
    } else if (message.type === 'abort') {
      inFlight.get(message.id)?.abort();
    } else {
      void stop();
    }
  });
  // The main process is gone: native memory goes in the right order, then the process.
  process.on('disconnect', () => void stop());
  send({ type: 'ready', identity: engine.identity, facts: engine.facts() });
}

// Ctrl-C reaches the whole group of processes; the main process decides what is finished first.
process.on('SIGINT', () => undefined);

start().catch((error) => {
  send({ type: 'refused', error: wireError(error) });
  process.exitCode = 1;
  process.disconnect?.();
});
