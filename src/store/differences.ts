import { canonical } from '../core/index.ts';

/** Paths (`benchmarks.0.samples`) at which two JSON-like values differ. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  if (canonical(a ?? null) === canonical(b ?? null)) return [];
  if (!isTree(a) || !isTree(b) || Array.isArray(a) !== Array.isArray(b)) return [path || 'everything'];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.flatMap((name) => differences(a[name], b[name], path ? `${path}.${name}` : name));
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
