/** Runs a prompt through the engine in chunks on a fixed grid, so that its bits do not depend on who asks. */
import { type Engine, type Output, type Pass, type Sequence, TtcError } from '../core/index.ts';

/** Token ids, or hidden rows ([rows × width]) with their positions. */
export type PrefillRows = ArrayLike<number> | { hidden: Float32Array; positions: ArrayLike<number> };

export interface PrefillOptions extends Pick<Pass, 'layers' | 'states' | 'attention' | 'kvOnly' | 'hide'> {
  /** Tokens that will follow: they are checked to fit, too. @default 0 */
  maxTokens?: number;
  /** Rows at the prompt's end that get logits; they must lie in the last chunk. @default 1 */
  logits?: number;
  /** RoPE positions of token rows. @default the filled slots of the first layer, and on */
  positions?: ArrayLike<number>;
  /** Sees every chunk's output, the last one included, before `read` does. Native views: copy what must live on. */
  each?: (output: Output, chunk: Chunk) => void;
}

/** Rows [start, start + rows) of the prompt. */
export interface Chunk {
  start: number;
  rows: number;
}

/**
 * The prompt, chunk by chunk; returns what `read` makes of the last chunk's output. Attention mass is that of the last
 * `queries` rows of the prompt, summed over chunks where the window reaches back.
 * @throws E_CONTEXT before the first pass when prompt and `maxTokens` do not fit into the sequence or the model
 * @throws E_ARGUMENT for an empty prompt
 */
export async function prefill<T>(
  engine: Engine,
  sequence: Sequence,
  prompt: PrefillRows,
  options: PrefillOptions,
  read: (output: Output, chunk: Chunk) => T,
): Promise<T> {
  const source = rowsOf(engine, sequence, prompt, options);
  checkRoom(engine, sequence, source, options);
  const chunks = cut(source.filled, source.count, engine.chunk);
  const mass = createMass(engine.model.kvHeads, options.attention);
  let result: { value: T } | undefined;
  for (const chunk of chunks) {
    const isLast = chunk === chunks.at(-1);
    const queries = windowRows(source.count, chunk, options.attention?.queries ?? 0);
    const pass: Pass = {
      ...source.slice(chunk),
      sequence,
      layers: options.layers,
      states: options.states,
      kvOnly: options.kvOnly,
      hide: options.hide,
      logits: isLast ? (options.logits ?? 1) : 0,
      ...(queries > 0 && { attention: { layers: options.attention?.layers ?? [], queries } }),
      prefill: true,
    };
    result = await engine.forward([pass], ([output]) => {
      options.each?.(output as Output, chunk);
      const attention = queries > 0 ? mass.add((output as Output).attention, isLast) : [];
      return isLast ? { value: read({ ...(output as Output), attention }, chunk) } : undefined;
    });
  }
  return (result as { value: T }).value;
}

interface Source {
  count: number;
  /** Slots of the first layer that are taken already. */
  filled: number;
  lastPosition: number;
  slice(chunk: Chunk): Pick<Pass, 'tokens' | 'hidden' | 'positions'>;
}

function rowsOf(engine: Engine, sequence: Sequence, prompt: PrefillRows, options: PrefillOptions): Source {
  const filled = sequence.length(options.layers?.[0]);
  const hidden = 'hidden' in prompt ? prompt.hidden : undefined;
  const tokens = 'hidden' in prompt ? undefined : Int32Array.from(prompt);
  const count = tokens?.length ?? (hidden as Float32Array).length / engine.model.width;
  const given = 'hidden' in prompt ? prompt.positions : options.positions;
  const positions = given ? Int32Array.from(given) : Int32Array.from({ length: count }, (_, row) => filled + row);
  if (count === 0) throw new TtcError('E_ARGUMENT', 'the prompt is empty', { help: 'a prompt needs at least a token' });
  if (positions.length !== count)
    throw new TtcError('E_ARGUMENT', `prompt of ${count} rows with ${positions.length} positions`);
  return {
    count,
    filled,
    lastPosition: positions.at(-1) as number,
    slice: ({ start, rows }) => ({
      ...(tokens
        ? { tokens: tokens.subarray(start, start + rows) }
        : { hidden: hidden?.subarray(start * engine.model.width, (start + rows) * engine.model.width) }),
      positions: positions.subarray(start, start + rows),
    }),
  };
}

function checkRoom(engine: Engine, sequence: Sequence, source: Source, { maxTokens = 0 }: PrefillOptions): void {
  const slots = source.filled + source.count + maxTokens;
  const end = source.lastPosition + 1 + maxTokens;
  const [need, room, what] =
    slots > sequence.capacity
      ? [slots, sequence.capacity, 'the sequence']
      : [end, engine.model.contextLength, "the model's context"];
  if (need <= room) return;
  throw new TtcError('E_CONTEXT', `${need - maxTokens} prompt tokens and ${maxTokens} to come need ${need} places`, {
    help: `${what} has ${room}: shorten the prompt or lower the token limit`,
  });
}

/** Chunks that end where a multiple of `size` slots is filled. */
function cut(filled: number, count: number, size: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0; start < count; ) {
    const rows = Math.min(size - ((filled + start) % size), count - start);
    chunks.push({ start, rows });
    start += rows;
  }
  return chunks;
}

/** How many rows of a chunk lie in the window of the last `queries` rows of the prompt. */
function windowRows(count: number, { start, rows }: Chunk, queries: number): number {
  return Math.max(0, Math.min(rows, start + rows - (count - queries)));
}

/** Sums attention mass [kvHeads × slots] of chunks whose slot counts grow. */
function createMass(kvHeads: number, wanted: PrefillOptions['attention']) {
  const sums: Float32Array[] = [];
  const widen = (old: Float32Array | undefined, fresh: Float32Array): Float32Array => {
    const sum = Float32Array.from(fresh);
    const [before, after] = [(old?.length ?? 0) / kvHeads, fresh.length / kvHeads];
    for (let head = 0; head < kvHeads; head++)
      for (let slot = 0; slot < before; slot++)
        sum[head * after + slot] = (sum[head * after + slot] as number) + (old?.[head * before + slot] as number);
    return sum;
  };
  return {
    /** Adds a chunk; a window within the last chunk stays a native view. */
    add(attention: readonly Float32Array[], isLast: boolean): readonly Float32Array[] {
      if (isLast && sums.length === 0) return attention;
      (wanted?.layers ?? []).forEach((_, index) => {
        sums[index] = widen(sums[index], attention[index] as Float32Array);
      });
      return sums;
    },
  };
}
