/** Whether a run's prompts, limits and parameters fit its model: read off the model's file before the first trial. */
import { kindOf } from '../backends/index.ts';
import type { ResolvedConfig } from '../config/index.ts';
import { type BackendConfig, type ModelShape, plainText, type Tokenizer, TtcError } from '../core/index.ts';
import { openGguf } from '../engine/gguf.ts';
import { readShape } from '../engine/shape.ts';
import { createTokenizer } from '../engine/tokenizer.ts';
import { defaultModel, findModelHere } from '../models/index.ts';
import { answerRoomNote } from './answer-room.ts';
import { bytesOf, fitOne, type Room, templateTokens } from './fit-room.ts';
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

/** What the engine is to play, or the server's own choice: null. */
export const modelName = ({ name, model }: BackendConfig): string | null =>
  model ?? (kindOf(name) === 'engine' ? defaultModel : null);

/** The engine's model where it lies on this machine already; undefined for other backends, and where it is to be pulled. */
export const modelHere = async ({ name, model }: BackendConfig): Promise<ModelFile | undefined> =>
  kindOf(name) === 'engine' ? findModelHere(model) : undefined;

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

interface SlotRoom {
  sizeOf(call: ForetoldCall): number;
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

/** What the template refuses is for the trial to say. */
function sizeSafely(call: ForetoldCall, sizeOf: SlotRoom['sizeOf']): number {
  try {
    return sizeOf(call);
  } catch (error) {
    if (error instanceof TtcError) return 0;
    throw error;
  }
}
