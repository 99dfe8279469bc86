/**
 * The engine's process: one engine, the realisations opened on it, calls in flight, encoders for scores. Only calls, parts and
 * counters cross to the main process, so an assert in native code costs at most the calls in flight.
 */
import { setPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import {
  type AnyPolicy,
  allowOwnImports,
  type Call,
  codeOf,
  createMeter,
  endWithParent,
  type Generate,
  type Opened,
  openBlaming,
  type Part,
  type PolicyReference,
  TtcError,
  validate,
} from '../core/index.ts';
import { splitReasoning, tokenScores } from '../decode/index.ts';
import { createEncoder, createEngine } from '../engine/index.ts';
import { findPolicy } from '../policies/find-policy.ts';
import { createCpuAccount } from './cpu-account.ts';
import { createLine } from './in-turn.ts';
import { openOnce } from './open-once.ts';
import { type OpenProven, openProven, proveModule } from './proof.ts';
import type { FromHost, HostOptions, ToHost, WireError } from './protocol.ts';
import { serve } from './serve.ts';

type Engine = Awaited<ReturnType<typeof createEngine>>;

const send = (message: FromHost) => process.send?.(message);

function wireError(error: unknown): WireError {
  const help = error instanceof TtcError ? error.help : undefined;
  return { code: codeOf(error), message: error instanceof Error ? error.message : String(error), help };
}

async function policyOf(reference: PolicyReference, proven: OpenProven): Promise<AnyPolicy> {
  if ('name' in reference) return findPolicy(reference.name).policy;
  // Code that loops never hears that the main process is gone.
  endWithParent();
  proveModule(reference.module, proven);
  allowOwnImports(reference.module);
  const module = await import(pathToFileURL(reference.module).href);
  return module.default as AnyPolicy;
}

async function openRealisation(
  engine: Engine | undefined,
  reference: PolicyReference,
  params: unknown,
  openOther: (path: string) => Promise<Engine>,
  proven: OpenProven,
): Promise<Opened> {
  if (!engine) throw new TtcError('E_BACKEND', 'this process was started without a model');
  const policy = await policyOf(reference, proven);
  if (!policy.engine) {
    throw new TtcError('E_NO_REALISATION', `${policy.name} has no engine realisation`, {
      help: 'use a chat backend for it',
    });
  }
  const valid = validate(policy.params, params, policy.name, 'E_POLICY');
  const { engine: realisation } = policy;
  const kit = { engine: openOther };
  if (!('module' in reference)) return realisation.open(engine, valid, kit);
  return openBlaming((watch) => realisation.open(watch.engine(engine), valid, watch.engineKit(kit)), reference.module);
}

const promptOf = ({ tokenizer }: Engine, { messages, continue: begun }: Call) => ({
  prompt: tokenizer.chat(messages, begun),
  tokenizer,
});

async function start(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as HostOptions;
  const { modelPath, threads, prefill, chatVariables } = options;
  const proven: OpenProven = {
    known: options.proofs ?? {},
    onProof: (path, proof) => send({ type: 'proof', path, proof }),
  };
  const openMain = (path: string) => createEngine(path, { ...options, priced: options.passMs ?? true });
  // Nothing else hears of it until the model is loaded.
  const loaded = endWithParent();
  const engine = modelPath === undefined ? undefined : await openProven(modelPath, openMain, proven, options.sha256);
  if (options.inBackground) setPriority(10);
  const others = openOnce((path) =>
    openProven(path, (file) => createEngine(file, { threads, prefill, chatVariables }), proven),
  );
  const encoders = openOnce((path) => openProven(path, createEncoder, proven));
  const realisations = new Map<number, Promise<Opened>>();
  const inFlight = new Map<number, AbortController>();
  const account = createCpuAccount();
  const scoring = createLine();

  async function stop(): Promise<void> {
    for (const controller of inFlight.values()) controller.abort();
    await encoders[Symbol.asyncDispose]();
    await others[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
    process.exit(0);
  }

  process.on('message', (message: ToHost) => {
    if (message.type === 'open') {
      const leave = account.enter(() => 0);
      const opening = openRealisation(engine, message.policy, message.params, others.open, proven);
      realisations.set(message.realisation, opening);
      opening.finally(leave).catch(() => undefined);
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
        const parts = realisation(call, context);
        yield* engine && options.reasoning !== 'keep' ? splitReasoning(parts, promptOf(engine, call)) : parts;
      };
      const emit = (part: Part) => send({ type: 'part', id: message.id, part });
      serve(generate, message.call, controller.signal, emit, account).then(({ counters, error }) => {
        inFlight.delete(message.id);
        send({ type: 'end', id: message.id, counters, error: error === undefined ? undefined : wireError(error) });
      });
    } else if (message.type === 'encode') {
      const { id, encoder, texts } = message;
      const leave = account.enter(() => 0);
      encoders
        .open(encoder)
        .then((open) => open.encode(texts))
        .finally(leave)
        .then(
          (vectors) => send({ type: 'encoded', id, vectors }),
          (error) => send({ type: 'encoded', id, error: wireError(error) }),
        );
    } else if (message.type === 'score') {
      const { id, scorer, text } = message;
      const unseen = { signal: new AbortController().signal, meter: createMeter() };
      const work = async () => {
        using _ = { [Symbol.dispose]: account.enter(() => 0) };
        return tokenScores(await others.open(scorer), text, unseen);
      };
      // One pass holds nobody up. With such a text a policy opens: it must not wait for the prompts of another.
      (text.length < 64 ? work() : scoring(work)).then(
        (scores) => send({ type: 'scored', id, scores }),
        (error) => send({ type: 'scored', id, error: wireError(error) }),
      );
    } else if (message.type === 'abort') {
      inFlight.get(message.id)?.abort();
    } else {
      void stop();
    }
  });
  // The main process is gone: native memory goes in the right order, then the process.
  process.on('disconnect', () => void stop());
  if (!process.connected) process.exit(0);
  loaded();
  send({ type: 'ready', identity: engine?.identity ?? 'no model', facts: engine?.facts() ?? {} });
}

// Ctrl-C reaches the whole group of processes; the main process decides what is finished first.
process.on('SIGINT', () => undefined);

start().catch((error) => {
  send({ type: 'refused', error: wireError(error) });
  process.exitCode = 1;
  process.disconnect?.();
});
