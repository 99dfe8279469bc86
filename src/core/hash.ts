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

const isSorted = (names: readonly string[]) => names.every((name, i) => i === 0 || (names[i - 1] as string) < name);

/** JSON with sorted keys, so that equal values have equal text. Undefined fields vanish. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    const names = Object.keys(fields);
    let text = '';
    for (const name of isSorted(names) ? names : names.sort()) {
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
