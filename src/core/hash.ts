import { hash as digest } from 'node:crypto';

/** JSON with sorted keys, so that equal values have equal text. Undefined fields vanish. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    let text = '';
    for (const name of Object.keys(fields).sort()) {
      if (fields[name] === undefined) continue;
      text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonical(fields[name])}`;
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
