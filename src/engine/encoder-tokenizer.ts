/**
 * BERT's tokenizer: lower case without accents, split at white space, punctuation and Chinese characters, then the
 * longest piece of the vocabulary first (WordPiece; Wu et al. 2016, arXiv 1609.08144). It gives the ids of Hugging
 * Face's `tokenizers`, special tokens written in a text included.
 */
import { TtcError } from '../core/index.ts';

export interface EncoderTokenizer {
  readonly vocabulary: number;
  /** Ids from [CLS] to [SEP], `most` of them at the most: what is longer loses its end. Reads no more than it needs. */
  encode(text: string, most: number): Int32Array;
}

const maxWordLength = 100;
const space = /\p{White_Space}/u;
const dropped = /[\0\uFFFD\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u;
const accent = /\p{Mn}/u;
const punctuation = /[!-/:-@[-`{-~]|\p{P}/u;
const special = /\[(?:PAD|UNK|CLS|SEP|MASK)\]/y;

/** The blocks that BERT sets apart as Chinese, its own slip at U+2B920 included; Hangul and Kana are none of them. */
const chinese =
  /[\u{4E00}-\u{9FFF}\u{3400}-\u{4DBF}\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{F900}-\u{FAFF}\u{2F800}-\u{2FA1F}]/u;

type Kind = 'drop' | 'space' | 'apart' | 'other';

function kindOf(character: string): Kind {
  if (/[\t\n\r]/.test(character)) return 'space';
  if (dropped.test(character)) return 'drop';
  if (space.test(character)) return 'space';
  return chinese.test(character) ? 'apart' : 'other';
}

const ascii = Array.from({ length: 128 }, (_, code) => ({
  kind: kindOf(String.fromCharCode(code)),
  parts: [String.fromCharCode(code).toLowerCase()],
}));

/** A character and how the words of the vocabulary write it: lower case, without accents. */
function read(character: string): { kind: Kind; parts: string[] } {
  const known = ascii[character.charCodeAt(0)];
  if (known) return known;
  const parts = [...character.normalize('NFD')].filter((part) => !accent.test(part));
  return { kind: kindOf(character), parts: parts.flatMap((part) => [...part.toLowerCase()]) };
}

/** Words of a text, lower case, and its special tokens as `{ special }`. */
function* wordsOf(text: string): Generator<string | { special: string }> {
  let word: string[] = [];
  function* flush(): Generator<string> {
    if (word.length > 0) yield word.join('');
    word = [];
  }
  for (let at = 0; at < text.length; ) {
    special.lastIndex = at;
    const found = text[at] === '[' && special.exec(text)?.[0];
    if (found) {
      yield* flush();
      yield { special: found };
      at += found.length;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    at += character.length;
    const { kind, parts } = read(character);
    if (kind === 'drop') continue;
    if (kind !== 'other') yield* flush();
    if (kind === 'space') continue;
    for (const part of parts) {
      if (punctuation.test(part)) {
        yield* flush();
        yield part;
        // One more than a word may have says that it is too long.
      } else if (word.length <= maxWordLength) word.push(part);
    }
    if (kind === 'apart') yield* flush();
  }
  yield* flush();
}

function readVocabulary(text: string): Map<string, number> {
  const lines = text.replace(/\n$/, '').split('\n');
  const ids = new Map<string, number>();
  for (const line of lines) ids.set(line.replace(/\r$/, ''), ids.size);
  if (ids.size !== lines.length) throw new TtcError('E_ENCODER', 'the vocabulary has a piece twice');
  return ids;
}

/**
 * @param vocabularyText one piece a line, in the order of their ids
 * @throws E_ENCODER where it is no vocabulary of BERT
 */
export function createEncoderTokenizer(vocabularyText: string): EncoderTokenizer {
  const ids = readVocabulary(vocabularyText);
  const idOf = (piece: string): number => {
    const id = ids.get(piece);
    if (id === undefined) throw new TtcError('E_ENCODER', `the vocabulary has no ${piece}`);
    return id;
  };
  const [unknown, first, last] = ['[UNK]', '[CLS]', '[SEP]'].map(idOf) as [number, number, number];

  /** Longest piece first; a word with a part that is no piece is unknown as a whole. */
  function pieces(word: string): number[] {
    const characters = [...word];
    if (characters.length > maxWordLength) return [unknown];
    const found: number[] = [];
    for (let from = 0; from < characters.length; ) {
      let to = characters.length;
      let id: number | undefined;
      for (; to > from && id === undefined; to--)
        id = ids.get((from > 0 ? '##' : '') + characters.slice(from, to).join(''));
      if (id === undefined) return [unknown];
      found.push(id);
      from = to + 1;
    }
    return found;
  }

  return {
    vocabulary: ids.size,
    encode(text, most) {
      const found: number[] = [first];
      for (const word of wordsOf(text)) {
        if (found.length >= most - 1) break;
        if (typeof word === 'string') found.push(...pieces(word));
        else found.push(ids.get(word.special) ?? unknown);
      }
      return Int32Array.from([...found.slice(0, most - 1), last]);
    },
  };
}
