/** Fields that a server refuses are dropped or renamed once, remembered, and told. */
import { isObject } from './usage.ts';
import type { WireError } from './wire-error.ts';

/** The body of a chat request. */
export type Body = Record<string, unknown>;

/** One change of a request: a field that is left out, or sent under another name. */
export interface Change {
  field: string;
  /** Absent: it is dropped. */
  as?: string;
}

export interface Refusal {
  status: number;
  words: WireError;
}

export interface Adaptation {
  /** The body as this server takes it. */
  apply(body: Body, more?: readonly Change[]): Body;
  /** What else to change after a refusal; undefined where the refusal is about something that has to be sent. */
  propose(refusal: Refusal, sent: Body): Change[] | undefined;
  /** The server answered with these: they stand from now on. */
  keep(changes: readonly Change[]): void;
  readonly changes: readonly Change[];
  /** The changes in words, for records. The same list as long as nothing changes. */
  readonly words: readonly string[];
}

/**
 * What may be missing: it fixes how an answer is drawn, or only buys knowledge. What else a call wants (a stop string,
 * top_p) is never left out without telling the user.
 */
const droppable = [
  'temperature',
  'seed',
  'random_seed',
  'stream_options.include_obfuscation',
  'stream_options.continuous_usage_stats',
  'stream_options',
  'return_token_ids',
  'cache_salt',
  'cache_prompt',
  'perf_metrics_in_response',
];

const otherName: Readonly<Record<string, string>> = {
  max_tokens: 'max_completion_tokens',
  max_completion_tokens: 'max_tokens',
};

/** The field itself is refused, and not its value: a limit that is too high cannot be mended by another name. */
const isUnknown =
  /unsupported|not supported|does(?: no|n')t support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|extra (?:inputs|fields)|cannot find field|not (?:a )?valid|invalid (?:param|field|arg)|deprecat|additional propert|no longer|instead/i;

export const wordsOfChange = ({ field, as }: Change): string =>
  as === undefined ? `${field} dropped` : `${field} sent as ${as}`;

function valueAt(body: Body, path: string): unknown {
  const [field = '', inner] = path.split('.');
  const value = body[field];
  return inner === undefined ? value : isObject(value) ? value[inner] : undefined;
}

function change(body: Body, { field, as }: Change): Body {
  const [outer = '', inner] = field.split('.');
  const { [outer]: value, ...rest } = body;
  if (value === undefined) return body;
  if (inner === undefined) return as === undefined ? rest : { ...rest, [as]: value };
  if (!isObject(value)) return body;
  const { [inner]: _, ...kept } = value;
  return Object.keys(kept).length > 0 ? { ...rest, [outer]: kept } : rest;
}

/** Whether the words name the field as such: `'seed'`, `body.seed`, `stream_options: …`, but not `seeds`. */
function names({ message, param, code }: WireError, path: string): boolean {
  const field = path.split('.').at(-1) ?? path;
  if (param !== undefined && param !== '') return param === field || param.endsWith(`.${field}`);
  return new RegExp(`(?<!\\w)${field}(?!\\w)`).test(`${message} ${code ?? ''}`);
}

function changeFor(refusal: Refusal, sent: Body): Change[] {
  const { words } = refusal;
  const found: Change[] = droppable
    .filter((field) => valueAt(sent, field) !== undefined && names(words, field))
    .map((field) => ({ field }));
  for (const [field, as] of Object.entries(otherName))
    if (sent[field] !== undefined && names(words, field) && isUnknown.test(`${words.message} ${words.code ?? ''}`))
      found.push({ field, as });
  return found;
}

export function createAdaptation(known: readonly Change[] = []): Adaptation {
  let changes: readonly Change[] = known;
  let words: readonly string[] = known.map(wordsOfChange);
  const isKnown = (one: Change) => changes.some(({ field }) => field === one.field);

  return {
    get changes() {
      return changes;
    },
    get words() {
      return words;
    },
    apply(body, more = []) {
      if (changes.length === 0 && more.length === 0) return body;
      return [...changes, ...more].reduce(change, body);
    },
    propose({ status, words: said }, sent) {
      if (status !== 400 && status !== 422) return undefined;
      const found = changeFor({ status, words: said }, sent);
      return found.length > 0 ? found : undefined;
    },
    keep(more) {
      const fresh = more.filter((one) => !isKnown(one));
      if (fresh.length === 0) return;
      changes = [...changes, ...fresh];
      words = changes.map(wordsOfChange);
    },
  };
}

/** A body without the fields that the user wants left out; `a.b` leaves out a part of one. */
export const without = (body: Body, omit: readonly string[] = []): Body =>
  omit.reduce((rest, field) => change(rest, { field }), body);
