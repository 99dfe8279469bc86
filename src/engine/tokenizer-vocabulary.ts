/** Tokens of a GGUF vocabulary: their ids, bytes and kinds. */
import { TtcError } from '../core/index.ts';
import { unspell } from './tokenizer-alphabet.ts';
import { endsTurn, kind, kindsOf } from './tokenizer-kinds.ts';

/** Key → value of a GGUF file. */
export type Metadata = Readonly<Record<string, unknown>>;

export interface Vocabulary {
  /** Vocabulary string → id of the tokens that merging can give. */
  ids: ReadonlyMap<string, number>;
  merges: readonly string[];
  endIds: ReadonlySet<number>;
  /** Bytes of a token; none for special, unused and unknown ids. */
  bytes(id: number): Uint8Array;
  /** The text of a token that has no bytes, as templates write it; '' for others. */
  controlText(id: number): string;
  /** Text cut at the tokens that are written in it: user-defined ones always, control tokens with `special`. */
  fragments(text: string, special: boolean): Iterable<string | number>;
  /** The text of a token that the metadata names, '' without one. */
  text(role: 'bos' | 'eos'): string;
  /** Whether a token with this text exists that is not made by merging. */
  writes(text: string): boolean;
}

const roles = ['bos', 'eos', 'eot', 'eom'] as const;

/** @throws E_TOKENIZER for missing or damaged fields */
export function createVocabulary(metadata: Metadata): Vocabulary {
  const tokens = strings(metadata, 'tokens');
  const merges = strings(metadata, 'merges');
  const named = (role: string) => tokenId(metadata, role, tokens.length);
  const beginAndEnd = roles.flatMap((role) => named(role) ?? []);
  const types = metadata['tokenizer.ggml.token_type'] as ArrayLike<number> | undefined;
  const kindOf = kindsOf(tokens, types, merges, beginAndEnd);
  const ids = new Map<string, number>();
  const written = new Map<string, number>();
  for (const [id, token] of tokens.entries()) (kindOf(id) === kind.normal ? ids : written).set(token, id);
  const userDefined = new Map([...written].filter(([, id]) => kindOf(id) === kind.userDefined));
  const special = new Map([...written].filter(([, id]) => kindOf(id) !== kind.unused));
  const cutters = { always: createCutter(userDefined), special: createCutter(special) };
  return {
    ids,
    merges,
    endIds: new Set([
      ...['eos', 'eot', 'eom'].flatMap((role) => named(role) ?? []),
      ...[...written].filter(([text]) => endsTurn(text, (other) => written.has(other))).map(([, id]) => id),
    ]),
    bytes: cachedBytes((id) => {
      const token = tokens[id];
      if (token === undefined) return new Uint8Array();
      if (kindOf(id) === kind.userDefined) return Uint8Array.from(Buffer.from(token, 'utf8'));
      return kindOf(id) === kind.normal ? unspell(token) : new Uint8Array();
    }),
    controlText(id) {
      const token = tokens[id];
      return token !== undefined && (kindOf(id) === kind.control || kindOf(id) === kind.unknown) ? token : '';
    },
    fragments: (text, special) => cutters[special ? 'special' : 'always'](text),
    text: (role) => tokens[named(role) ?? -1] ?? '',
    writes: (text) => written.has(text),
  };
}

function strings(metadata: Metadata, name: string): readonly string[] {
  const value = metadata[`tokenizer.ggml.${name}`];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new TtcError('E_TOKENIZER', `tokenizer.ggml.${name} is ${value === undefined ? 'missing' : 'damaged'}`, {
    help: 'byte-level BPE needs a list of strings there: download or convert the model again',
  });
}

function tokenId(metadata: Metadata, role: string, size: number): number | undefined {
  const value = metadata[`tokenizer.ggml.${role}_token_id`];
  if (value === undefined) return undefined;
  const id = Number(value);
  if (Number.isInteger(id) && id >= 0 && id < size) return id;
  throw new TtcError('E_TOKENIZER', `tokenizer.ggml.${role}_token_id is ${value}, the vocabulary has ${size} tokens`);
}

/** Cuts text at the tokens written in it: the leftmost first, the longest of those that begin there. */
function createCutter(tokens: ReadonlyMap<string, number>): (text: string) => Iterable<string | number> {
  const texts = [...tokens.keys()].filter((text) => text !== '').sort((a, b) => b.length - a.length);
  if (texts.length === 0) return (text) => [text];
  const pattern = new RegExp(`(${texts.map(escapeRegExp).join('|')})`, 'u');
  // split with a group gives texts at even indices and tokens between them
  return (text) => text.split(pattern).map((part, index) => (index % 2 === 0 ? part : (tokens.get(part) as number)));
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function cachedBytes(make: (id: number) => Uint8Array): (id: number) => Uint8Array {
  const cache = new Map<number, Uint8Array>();
  return (id) => {
    let bytes = cache.get(id);
    if (!bytes) {
      bytes = make(id);
      cache.set(id, bytes);
    }
    return bytes;
  };
}
