import { hash as digest } from 'node:crypto';

/** Names of fields as JSON: the same few again and again. */
const quoted = new Map<string, string>();
const mostQuoted = 1000;

function quote(name: string): string {
  let text = quoted.get(name);
  if (text !== undefined) return text;
  text = JSON.stringify(name);
  if (quoted.size < mostQuoted) quoted.set(name, text);
  return text;
}

/** Sorted in place by insertion: a handful of names, mostly in order. `sort` makes two arrays of its own. */
function sorted(names: string[]): string[] {
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    let at = i;
    for (; at > 0 && (names[at - 1] as string) > name; at--) names[at] = names[at - 1] as string;
    names[at] = name;
  }
  return names;
}

/** JSON with sorted keys, so that equal values have equal text. Undefined fields vanish. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    const names = Object.keys(fields);
    let text = '';
    // Insertion takes the square of a large object's names.
    for (const name of names.length < 32 ? sorted(names) : names.sort()) {
      const field = fields[name];
      if (field === undefined) continue;
      text += `${text === '' ? '' : ','}${quote(name)}:${canonical(field)}`;
    }
    return `{${text}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** 128 bits of SHA-256 over the canonical JSON, as 32 hex digits. */
export function hash(value: unknown): string {
  return digest('sha256', canonical(value), 'hex').slice(0, 32);
}

/** A 32-bit seed from the parts' hash. */
export function seedOf(...parts: readonly (string | number)[]): number {
  return Number.parseInt(hash(parts).slice(0, 8), 16);
}
