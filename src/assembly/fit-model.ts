/** Whether a run's prompts, limits and parameters fit its model: read off the model's file before the first trial. */
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { type BackendConfig, codeOf, type ModelShape, plainText, type Tokenizer, TtcError } from '../core/index.ts';
import { openGguf } from '../engine/gguf.ts';
import { readShape } from '../engine/shape.ts';
import { createTokenizer } from '../engine/tokenizer.ts';
import { catalogue, isHubName, resolveModel } from '../models/index.ts';
import { answerRoomNote } from './answer-room.ts';
import { type ForetoldCall, foretellCalls } from './foretell-calls.ts';
import { kvRoomNotes, type SlotUser } from './kv-room.ts';
import type { OpenedBenchmark } from './open-benchmarks.ts';
import { findAnyVariant, paramsOf } from './open-variant.ts';

/** A model's file, by the name that messages have for it. */
export interface ModelFile {
  name: string;
  path: string;
}

export interface Fitted {
  benchmarks: OpenedBenchmark[];
  /** Sentences for the user where something has less room than usual. */
  notes: string[];
}

/** Fewer tokens are no answer to be compared: a prompt that leaves less is too long. */
const leastRoom = 16;

/** What a chat template may add to the text of a prompt, in tokens, at the most that any known one does. */
const templateTokens = 1024;

/** The engine's model where it lies on this machine already; undefined for other backends, and where it is to be pulled. */
export async function modelHere({ name, model }: BackendConfig): Promise<ModelFile | undefined> {
  if (kindOf(name) !== 'engine') return undefined;
  try {
    return await resolveModel(model, { offline: true });
  } catch (error) {
    const isToBePulled =
      model === null || isHubName(model) || catalogue.some(({ name }) => name === model.toLowerCase());
    if (!isToBePulled || !['E_MODEL', 'E_DOWNLOAD'].includes(codeOf(error))) throw error;
    return undefined;
  }
}

/**
 * The benchmarks with limits that the model has room for. A limit of the user's own is never changed.
 * @throws E_CONTEXT where no sample fits, into the context or into `kv_slots`, or samples only under a lower limit than
 *   the one that the user set; E_POLICY for parameters that this model cannot have
 */
export async function fitToModel(
  { config }: Pick<ResolvedConfig, 'config'>,
  benchmarks: readonly OpenedBenchmark[],
  model: ModelFile | undefined,
): Promise<Fitted> {
  const limitOf = ({ planned }: OpenedBenchmark) => config.maxTokens ?? planned.maxTokens;
  if (!model)
    return { benchmarks: [...benchmarks], notes: benchmarks.flatMap((one) => answerRoomNote(one, limitOf(one)) ?? []) };
  using gguf = openGguf(model.path);
  const shape = readShape(gguf);
  const users: SlotUser[] = [];
  for (const { name, params, label } of [{ name: 'baseline', params: {}, label: undefined }, ...config.policies]) {
    const found = await findAnyVariant(name);
    const all = paramsOf(found, params, name);
    found.policy.engine?.check?.(all, shape);
    users.push({ ...found, name: label ?? ('module' in found.reference ? found.policy.name : name), params: all });
  }
  let made: Tokenizer | undefined;
  const tokenizer = (): Tokenizer => {
    made ??= createTokenizer(gguf.metadata);
    return made;
  };
  const sizeOf = (call: ForetoldCall): number =>
    tokenizer().encode(tokenizer().chat(call.messages), { special: true }).length;
  const room: Room = { context: shape.contextLength, model: plainText(model.name, 80), sizeOf };
  const fitted = await Promise.all(benchmarks.map((one) => fitOne(one, config.maxTokens, room)));
  const { kvSlots } = config.backend;
  const notes: string[] = [];
  for (const { benchmark, notes: said } of fitted) {
    notes.push(...said);
    const limit = limitOf(benchmark);
    const short = answerRoomNote(benchmark, limit, { encode: (text) => tokenizer().encode(text) });
    if (short !== undefined) notes.push(short);
    if (kvSlots !== undefined) notes.push(...(await slotNotes({ benchmark, kvSlots, limit, users, shape, sizeOf })));
  }
  return { benchmarks: fitted.map(({ benchmark }) => benchmark), notes };
}

interface SlotRoom extends Pick<Room, 'sizeOf'> {
  benchmark: OpenedBenchmark;
  kvSlots: number;
  limit: number;
  users: readonly SlotUser[];
  shape: ModelShape;
}

async function slotNotes({ benchmark, kvSlots, limit, users, shape, sizeOf }: SlotRoom): Promise<string[]> {
  const samples = await foretellCalls(benchmark, limit, new Set());
  const calls = samples.map((asked) =>
    asked
      .map((call) => {
        // A token is at least a byte: what surely fits is not cut into tokens.
        const most = bytesOf(call) + templateTokens;
        const fits = most + call.maxTokens <= kvSlots;
        return { promptTokens: fits ? most : sizeSafely(call, sizeOf), maxTokens: call.maxTokens };
      })
      .reduce((a, b) => (b.promptTokens + b.maxTokens > a.promptTokens + a.maxTokens ? b : a), {
        ...{ promptTokens: 0, maxTokens: 0 },
      }),
  );
  const name = plainText(benchmark.planned.name, 80);
  return kvRoomNotes({ benchmark: name, kvSlots, calls, users, model: shape });
}

interface Room {
  context: number;
  model: string;
  sizeOf(call: ForetoldCall): number;
}

async function fitOne(benchmark: OpenedBenchmark, asked: number | null, room: Room) {
  const { context, model } = room;
  const most = asked ?? benchmark.planned.maxTokens;
  const samples = await foretellCalls(benchmark, asked, new Set());
  const tight = samples.map((calls) => roomiest(calls, room));
  const hopeless = tight.filter((left) => left < Math.min(leastRoom, most)).length;
  const name = plainText(benchmark.planned.name, 80);
  if (hopeless === samples.length) {
    throw new TtcError(
      'E_CONTEXT',
      `${name}: no prompt leaves room for an answer in the context of ${model}, ${context} tokens`,
      {
        help: 'use shorter samples, or a model with a longer context',
      },
    );
  }
  const notes =
    hopeless > 0
      ? [
          `${name}: ${hopeless} of ${samples.length} prompts leave no room for an answer in the ${context} tokens of ${model}; their trials fail`,
        ]
      : [];
  const limit = Math.min(most, ...tight.filter((left) => left >= Math.min(leastRoom, most)));
  if (limit === most) return { benchmark, notes };
  if (asked !== null) {
    throw new TtcError(
      'E_CONTEXT',
      `--max-tokens ${asked}: the longest prompt of ${name} leaves ${limit} of the ${context} tokens of ${model}`,
      {
        help: `--max-tokens ${limit} fits; without the flag the limit is lowered to what fits`,
      },
    );
  }
  notes.push(
    `${name}: answers may have ${limit} tokens, not ${most}: the longest prompt leaves no more of the ${context} tokens of ${model}`,
  );
  const { planned, played } = benchmark;
  return {
    benchmark: { ...benchmark, planned: { ...planned, maxTokens: limit }, played: { ...played, maxTokens: limit } },
    notes,
  };
}

/** Tokens that the longest call of a sample leaves for its answer; Infinity where its limit fits anyway. */
function roomiest(calls: readonly ForetoldCall[], { context, sizeOf }: Room): number {
  let least = Number.POSITIVE_INFINITY;
  for (const call of calls) {
    // A token is at least a byte of the prompt: most prompts fit without being cut into tokens.
    if (bytesOf(call) + templateTokens + call.maxTokens <= context) continue;
    const left = context - sizeSafely(call, sizeOf);
    if (left < call.maxTokens) least = Math.min(least, left);
  }
  return least;
}

const bytesOf = ({ messages }: ForetoldCall) =>
  messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + 64, 0);

/** What the template refuses is for the trial to say. */
function sizeSafely(call: ForetoldCall, sizeOf: Room['sizeOf']): number {
  try {
    return sizeOf(call);
  } catch (error) {
    if (error instanceof TtcError) return 0;
    throw error;
  }
}
