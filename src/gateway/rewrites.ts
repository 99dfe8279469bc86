/** Ways to rewrite the script of an answer, of which faults are made. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { sse } from '../wire/index.ts';
import type { Frame, Script } from './script.ts';

type Fields = Record<string, unknown>;

const text = (frame: Frame): string => frame.bytes.toString();
export const isData = (frame: Frame): boolean => text(frame).startsWith('data: {');
export const fieldsOf = (frame: Frame): Fields => JSON.parse(text(frame).slice(6)) as Fields;
const withFields = (frame: Frame, change: (fields: Fields) => Fields): Frame =>
  isData(frame) ? { ...frame, bytes: sse(change(fieldsOf(frame))) } : frame;

export const mapFrames = (script: Script, change: (frame: Frame) => Frame | Frame[]): Script => ({
  ...script,
  frames: script.frames.flatMap(change),
});
export const mapText = (script: Script, change: (text: string) => string): Script =>
  mapFrames(script, (frame) => ({ ...frame, bytes: Buffer.from(change(text(frame))) }));
export const without = (script: Script, ...kinds: Frame['kind'][]): Script =>
  mapFrames(script, (frame) => (kinds.includes(frame.kind) ? [] : frame));

/** Where the k-th token stands (or the finish, in short answers). */
export function cutAt(script: Script, k: number): number {
  const tokens = script.frames.flatMap((frame, i) => (frame.kind === 'token' ? [i] : []));
  return tokens[Math.min(k, tokens.length - 1)] ?? script.frames.length;
}

export const cut = (script: Script, k: number, end: Script['end'], ...last: Buffer[]): Script => {
  const i = cutAt(script, k);
  const at = script.frames[i]?.at ?? 0;
  return {
    ...script,
    end,
    frames: [...script.frames.slice(0, i), ...last.map((bytes): Frame => ({ at, bytes, kind: 'other' }))],
  };
};

export const insert = (script: Script, k: number, bytes: Buffer): Script => {
  const i = cutAt(script, k);
  const frame: Frame = { at: script.frames[i]?.at ?? 0, bytes, kind: 'other' };
  return { ...script, frames: [...script.frames.slice(0, i), frame, ...script.frames.slice(i)] };
};

/** Several tokens in one event, as servers that draft or batch their output send them. */
export function merged(script: Script, size: number): Script {
  const tokens = script.frames.filter((frame) => frame.kind === 'token');
  const deltaOf = (frame: Frame) => {
    const choices = fieldsOf(frame).choices as { delta: { content?: string; tool_calls?: unknown[] } }[];
    return choices[0]?.delta ?? {};
  };
  const groups = Array.from({ length: Math.ceil(tokens.length / size) }, (_, i) =>
    tokens.slice(i * size, (i + 1) * size),
  );
  const joined = groups.map((group): Frame => {
    const calls = group.flatMap((frame) => deltaOf(frame).tool_calls ?? []);
    const content = group.map((frame) => deltaOf(frame).content ?? '').join('');
    const delta = {
      ...((content !== '' || calls.length === 0) && { content }),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
    const last = group.at(-1)!;
    return withFields(last, (fields) => ({
      ...fields,
      choices: [{ index: 0, delta, finish_reason: null }],
    }));
  });
  const before = script.frames.slice(0, cutAt(script, 0));
  const rest = script.frames.slice(before.length).filter((frame) => frame.kind !== 'token');
  return { ...script, frames: [...before, ...joined, ...rest] };
}

/** The usage of a script, wherever it stands. */
function usageOf(script: Script): unknown {
  for (const frame of script.frames.filter(isData)) {
    const { usage, x_groq: groq } = fieldsOf(frame);
    const found = usage ?? (groq as Fields | undefined)?.usage;
    if (found) return found;
  }
  return undefined;
}

/** Usage in the kinds of frames named and in no other; `null` elsewhere where asked for. */
export function usageIn(script: Script, kinds: readonly Frame['kind'][], elsewhere?: null): Script {
  const found = usageOf(script);
  const kept = kinds.includes('usage') ? script : without(script, 'usage');
  return mapFrames(kept, (frame) =>
    withFields(frame, ({ usage: _, x_groq: __, ...fields }) => {
      if (kinds.includes(frame.kind)) return { ...fields, usage: found };
      return elsewhere === null ? { ...fields, usage: null } : fields;
    }),
  );
}

/** The whole body compressed, in two writes at the time of the last frame. */
export function compressed(script: Script, encoding: 'gzip' | 'br'): Script {
  const headers = { ...script.headers, 'content-encoding': encoding };
  const whole = Buffer.concat(script.frames.map((frame) => frame.bytes));
  const last = script.frames.at(-1)?.at ?? 0;
  const bytes = encoding === 'gzip' ? gzipSync(whole) : brotliCompressSync(whole);
  const half = Math.ceil(bytes.length / 2);
  const frames: Frame[] = [bytes.subarray(0, half), bytes.subarray(half)].map((part) => ({
    at: last,
    bytes: part,
    kind: 'other',
  }));
  return { ...script, headers, frames };
}
