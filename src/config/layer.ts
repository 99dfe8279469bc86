/** One source of settings: a file, the environment, one `--set`, or the flags. */
import type { z } from 'zod';
import { didYouMean, type ErrorCode, TtcError } from '../core/index.ts';
import { type Document, documentSchema, keysAt } from './document.ts';
import { type Registries, variantsOf } from './registries.ts';
import { type Selection, selectionOf } from './selection.ts';

type At = (path: readonly string[]) => string;

export interface Layer {
  document: Document;
  policies: Selection | undefined;
  benchmarks: Selection | undefined;
  /** A `policies.yaml`: its names are selected only where nothing else selects. */
  isPolicyTable?: boolean;
  /** What is raised where a value is wrong. */
  code: ErrorCode;
  /** How messages call the place of a setting. */
  at: At;
}

/** Settings, highest layer first, and what they can refer to. */
export interface Sources {
  layers: readonly Layer[];
  registries: Registries;
}

/** Checks keys and values of a raw document. */
export function createLayer(raw: unknown, code: ErrorCode, at: At, registries: Registries): Layer {
  const result = documentSchema.safeParse(raw ?? {});
  if (!result.success) throw schemaError(result.error.issues, code, at, variantsOf(registries));
  const document = result.data as Document;
  const select = (key: 'policies' | 'benchmarks') =>
    selectionOf(document[key], (path, message) => fail({ code, at }, [key, ...path], message));
  return { document, policies: select('policies'), benchmarks: select('benchmarks'), code, at };
}

/** Raises the layer's error at one of its settings. */
export function fail(
  layer: Pick<Layer, 'code' | 'at'>,
  path: readonly string[],
  message: string,
  { code = layer.code, help }: { code?: ErrorCode; help?: string } = {},
): never {
  throw new TtcError(code, `${layer.at(path)}: ${message}`, help === undefined ? {} : { help });
}

function schemaError(
  issues: readonly z.core.$ZodIssue[],
  code: ErrorCode,
  at: At,
  variants: readonly string[],
): TtcError {
  const messages = issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(
        (key) => `${at([...path, key])}: ${unknownKey(key, keysAt(path), path.length === 0 ? variants : [])}`,
      );
    const isNoMap = issue.code === 'invalid_type' && issue.expected === 'object';
    return `${at(path)}: ${isNoMap ? 'must be a map of keys to values' : issue.message}`;
  });
  // What was written, not the messages: those list known keys, `api_key_env` among them.
  const written = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : issue.path.map(String)));
  const secret = written.some((key) => /api_?key/i.test(key));
  const help = 'keys are read from the environment or from .env, never from a configuration file';
  return new TtcError(code, messages.slice(0, 5).join('\n'), secret ? { help } : {});
}

export function unknownKey(key: string, known: readonly string[], variants: readonly string[] = []): string {
  const unknown = `unknown key ${JSON.stringify(key)}`;
  if (variants.includes(key)) return `${unknown}; parameters of a policy stand under policies:, or in policies.yaml`;
  const all = known.length > 0 ? ` (known: ${known.join(', ')})` : ' (it takes none)';
  return `${unknown}${didYouMean(key, known) || all}`;
}

/** The value of the highest layer that has one. Layers come highest first. */
export function first<T>(layers: readonly Layer[], read: (layer: Layer) => T | undefined): T | undefined {
  for (const layer of layers) {
    const value = read(layer);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Maps over all layers, merged key by key: the highest layer wins. */
export function merged(
  layers: readonly Layer[],
  read: (layer: Layer) => Record<string, unknown> | undefined,
): Record<string, unknown> {
  return Object.fromEntries(layers.toReversed().flatMap((layer) => Object.entries(read(layer) ?? {})));
}
