/** One source of settings: a file, the environment, one `--set`, or the flags. */
import type { z } from 'zod';
import { type ErrorCode, TtcError } from '../core/index.ts';
import { type Document, documentSchema, keysAt } from './document.ts';
import { isFile, knownVariants } from './names.ts';
import { didYouMean } from './nearest.ts';

export interface Layer {
  document: Document;
  /** A `policies.yaml`: its names are selected only where nothing else selects. */
  isPolicyTable?: boolean;
  /** What is raised where a value is wrong. */
  code: ErrorCode;
  /** How messages call the place of a setting. */
  at(path: readonly string[]): string;
}

/** Checks keys and values of a raw document. */
export function createLayer(raw: unknown, code: ErrorCode, at: Layer['at']): Layer {
  const result = documentSchema.safeParse(raw ?? {});
  if (!result.success) throw schemaError(result.error.issues, code, at);
  return { document: result.data, code, at };
}

export function fail(
  layer: Layer,
  path: readonly string[],
  message: string,
  options: { code?: ErrorCode; help?: string } = {},
): never {
  throw new TtcError(
    options.code ?? layer.code,
    `${layer.at(path)}: ${message}`,
    options.help ? { help: options.help } : {},
  );
}

function schemaError(issues: readonly z.core.$ZodIssue[], code: ErrorCode, at: Layer['at']): TtcError {
  const messages = issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return `${at(path)}: ${notMap(issue) ?? issue.message}`;
    return issue.keys.map((key) => `${at([...path, key])}: ${unknownKey(key, path)}`);
  });
  const secret = messages.some((message) => /api_?key/i.test(message));
  const help = secret ? 'keys are read from the environment or from .env, never from a configuration file' : undefined;
  return new TtcError(code, messages.slice(0, 5).join('\n'), help ? { help } : {});
}

const notMap = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_type' && issue.expected === 'object' ? 'must be a map of keys to values' : undefined;

export function unknownKey(key: string, path: readonly string[], known: readonly string[] = keysAt(path)): string {
  if (path.length === 0 && (Object.hasOwn(knownVariants, key) || isFile(key))) {
    return `unknown key ${JSON.stringify(key)}; parameters of a policy stand under policies:, or in policies.yaml`;
  }
  const all = known.length > 0 ? ` (known: ${known.join(', ')})` : ' (it has none)';
  return `unknown key ${JSON.stringify(key)}${didYouMean(key, known) || all}`;
}

/** The value of the highest layer that has one. Layers come highest first. */
export function first<T>(layers: readonly Layer[], read: (document: Document) => T | undefined): T | undefined {
  for (const { document } of layers) {
    const value = read(document);
    if (value !== undefined) return value;
  }
  return undefined;
}
