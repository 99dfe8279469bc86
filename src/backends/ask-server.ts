/** What a server is asked before the first trial: whether it has the model, and what it can do. */
import {
  type Adaptation,
  type Body,
  type Change,
  type ContextRefusal,
  contextRefusalIn,
  counting,
  createAdaptation,
  isPassing,
  type Known,
  listen,
  type ProbeAsk,
  type ProbedCapability,
  type Probes,
  type Provider,
  probe,
  readProbes,
  type Scrub,
  type Server,
  without,
  writeProbes,
} from '../client/index.ts';
import { type Call, type CallRecord, createMeter, type Generate, plainText, TtcError } from '../core/index.ts';
import type { Found } from './find-model.ts';

export interface Asking {
  servers: readonly Server[];
  found: Found;
  quirks: Provider;
  /** What the kept answers are filed under. */
  about: object;
  extra: Record<string, unknown>;
  omit?: readonly string[];
  ask?: ProbeAsk;
  /** Where answers are kept. Absent: all is asked again. */
  cacheFolder?: string;
  scrub: Scrub;
  signal: AbortSignal;
  /** A source with the given quirks; at one of the servers only, where that is named. */
  open(quirks: Provider, adaptation: Adaptation, server?: number): Generate;
}

export interface Learnt {
  probes: Probes;
  /** What of a request the server refuses. */
  adaptation: Adaptation;
  /** Sentences for the user. */
  notes: string[];
}

/** @throws what makes every call fail: a wrong key, an unknown model, no server */
export async function askServer(asking: Asking): Promise<Learnt> {
  const { servers, found, quirks, cacheFolder: folder, about } = asking;
  const version = await versionOf(asking);
  const known = folder === undefined ? undefined : await readProbes(folder, about, version);
  const adaptation = createAdaptation(known?.changes);
  const notes = await verify(asking, adaptation);
  const learnt = ({ probes, remarks }: Pick<Known, 'probes' | 'remarks'>): Learnt => ({
    ...{ probes, adaptation },
    notes: [...notes, ...remarks, ...refusedNotes(adaptation.changes)],
  });
  if (known) return learnt(known);
  const { model } = found;
  const { extra, ask, scrub, signal } = asking;
  const remarks: string[] = [];
  const probes = await probe({
    open: (differing) => asking.open(differing, adaptation),
    chat: (body) => chatAdapted(servers[0]!, adaptation, without(body, asking.omit)),
    onAnswer: (record) => remarks.push(...remarksOn(record)),
    ...{ quirks, model, extra, ask, scrub, signal },
  });
  if (folder !== undefined) {
    const { changes } = adaptation;
    await writeProbes(folder, about, { probes, changes, remarks, ...(version !== undefined && { version }) });
  }
  return learnt({ probes, remarks });
}

/** What is unusual about a server's answers and about the numbers that come of them. */
function remarksOn({ ending, usage }: CallRecord): string[] {
  const found: string[] = [];
  if (ending === 'ok_whole')
    found.push('the server answers in one piece although a stream was asked for: there is no time to the first token');
  if (ending === 'ok_no_finish')
    found.push('the server gives no finish reason: its answers count as ended by themselves');
  if (usage?.contradiction)
    found.push(
      `the server's usage contradicts its text (${usage.contradiction}): docs/api-backends.md says what counts`,
    );
  return found;
}

async function versionOf({ servers, found, quirks }: Asking): Promise<string | undefined> {
  const asked = quirks.version && (await servers[0]!.version(...quirks.version));
  return [found.version, asked].filter((part) => part !== undefined).join('; ') || undefined;
}

/**
 * Whether a server takes a call of this size: it is left at its first word. Servers that say nothing of their context say
 * it when they refuse.
 */
export async function askForRoom(
  generate: Generate,
  call: Call,
  signal: AbortSignal,
): Promise<(ContextRefusal & { words: string }) | undefined> {
  try {
    for await (const _ of generate(call, { signal, meter: createMeter() })) break;
  } catch (error) {
    signal.throwIfAborted();
    const words = (error as Error).message;
    const refusal = isPassing(error) ? undefined : contextRefusalIn(words);
    return refusal && { ...refusal, words };
  }
  return undefined;
}

/** A plain answer to a body of which this server refuses some fields. */
async function chatAdapted(server: Server, adaptation: Adaptation, body: Body) {
  let more: Change[] | undefined;
  const first = adaptation.apply(body);
  try {
    return await server.chat(first, (refusal) => {
      more = adaptation.propose(refusal, first);
    });
  } catch (error) {
    if (!more) throw error;
    return await server.chat(adaptation.apply(body, more));
  }
}

/** Servers that do not list the model are asked for an answer by it. */
async function verify({ found, quirks, ask, signal, open }: Asking, adaptation: Adaptation): Promise<string[]> {
  const notes: string[] = [];
  for (const { server, note, missing } of found.unlisted) {
    const { error } = await listen(open(quirks, adaptation, server), { ...counting, ...ask }, signal);
    if (error && !isPassing(error)) throw missing ? andSaid(missing, error) : error;
    notes.push(error ? `${note}; it could not be asked now (${plainText((error as Error).message, 200)})` : note);
  }
  return notes;
}

const aboutModel = new Set(['E_MODEL', 'E_REQUEST']);

function andSaid(missing: TtcError, error: unknown): unknown {
  if (!(error instanceof TtcError) || !aboutModel.has(error.code)) return error;
  return new TtcError('E_MODEL', `${missing.message} (${error.message})`, { help: missing.help, cause: error });
}

const refusedNotes = (changes: readonly Change[]): string[] =>
  changes.map(({ field, as }) =>
    as === undefined
      ? `the server refuses the field ${field}, so it is left out of every request`
      : `the server refuses the field ${field}, so it is sent as ${as}`,
  );

/** What was probed overrules the table. */
export function withProbed(quirks: Provider, probes: Probes): Provider {
  const can = (name: ProbedCapability, otherwise: boolean) => probes[name].supported ?? otherwise;
  const prefill = quirks.prefill === 'none' ? 'append' : quirks.prefill;
  const logprobs = quirks.logprobs === 'none' ? 'openai' : quirks.logprobs;
  return {
    ...quirks,
    prefill: can('prefill', quirks.prefill !== 'none') ? prefill : 'none',
    ...(probes.prefill.echoes && { echoesPrefill: true }),
    logprobs: can('logprobs', quirks.logprobs !== 'none') ? logprobs : 'none',
  };
}
