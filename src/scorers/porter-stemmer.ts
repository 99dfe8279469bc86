/**
 * The Porter stemmer (M. F. Porter 1980, "An algorithm for suffix stripping", Program 14(3)) with the extensions of
 * NLTK's default mode, which rouge-score uses: a pool of irregular forms, words of two letters stay, four-letter words
 * in -ies and -ied keep -ie, y → i only after a consonant that is not the first letter, -alli is applied again, -fulli,
 * -logi measured with its l, and a two-letter word of vowel and consonant counts as consonant-vowel-consonant.
 */

const irregular = new Map<string, string>([
  ['skies', 'sky'],
  ['sky', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['news', 'news'],
  ['innings', 'inning'],
  ['inning', 'inning'],
  ['outings', 'outing'],
  ['outing', 'outing'],
  ['cannings', 'canning'],
  ['canning', 'canning'],
  ['howe', 'howe'],
  ['proceed', 'proceed'],
  ['exceed', 'exceed'],
  ['succeed', 'succeed'],
]);

/** Suffix, its replacement, and what the rest must fulfil; the first rule whose suffix fits decides. */
type Rule = readonly [suffix: string, replacement: string, condition?: (rest: string) => boolean];

/** Whether each letter is a consonant; y is one at the start and after a vowel. */
function consonants(word: string): boolean[] {
  const flags: boolean[] = [];
  for (let i = 0; i < word.length; i++) {
    const letter = word[i] as string;
    if (letter === 'y') flags.push(i === 0 || flags[i - 1] === false);
    else flags.push(!'aeiou'.includes(letter));
  }
  return flags;
}

/** Porter's m: how often a consonant follows a vowel, [C](VC)^m[V]. */
function measure(rest: string): number {
  const flags = consonants(rest);
  let transitions = 0;
  for (let i = 1; i < flags.length; i++) if (flags[i] && !flags[i - 1]) transitions++;
  return transitions;
}

const hasVowel = (rest: string) => consonants(rest).includes(false);

function endsInDoubleConsonant(word: string): boolean {
  return word.length > 1 && word.at(-1) === word.at(-2) && consonants(word).at(-1) === true;
}

/** *o: ends consonant, vowel, consonant, the last one not w, x or y; also a word of one vowel and one consonant. */
function endsShort(word: string): boolean {
  const [first, second, third] = consonants(word).slice(-3);
  if (word.length === 2) return first === false && second === true;
  return first === true && second === false && third === true && !'wxy'.includes(word.at(-1) as string);
}

function applyRules(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const rest = word.slice(0, word.length - suffix.length);
    return !condition || condition(rest) ? rest + replacement : word;
  }
  return word;
}

const atLeastOne = (rest: string) => measure(rest) > 0;
const moreThanOne = (rest: string) => measure(rest) > 1;

const plural: readonly Rule[] = [
  ['sses', 'ss'],
  ['ies', 'i'],
  ['ss', 'ss'],
  ['s', ''],
];

function dropPlural(word: string): string {
  if (word.length === 4 && word.endsWith('ies')) return `${word.slice(0, -3)}ie`;
  return applyRules(word, plural);
}

/** What is left of a word after -ed or -ing fell: restores its e, or undoubles its last consonant. */
function repair(rest: string): string {
  if (rest.endsWith('at') || rest.endsWith('bl') || rest.endsWith('iz')) return `${rest}e`;
  if (endsInDoubleConsonant(rest)) return 'lsz'.includes(rest.at(-1) as string) ? rest : rest.slice(0, -1);
  return measure(rest) === 1 && endsShort(rest) ? `${rest}e` : rest;
}

function dropPastAndGerund(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, -3) + (word.length === 4 ? 'ie' : 'i');
  if (word.endsWith('eed')) return atLeastOne(word.slice(0, -3)) ? word.slice(0, -1) : word;
  for (const suffix of ['ed', 'ing']) {
    const rest = word.slice(0, word.length - suffix.length);
    if (word.endsWith(suffix) && hasVowel(rest)) return repair(rest);
  }
  return word;
}

function turnY(word: string): string {
  const rest = word.slice(0, -1);
  return word.endsWith('y') && rest.length > 1 && consonants(rest).at(-1) ? `${rest}i` : word;
}

const doubleSuffixes: readonly Rule[] = (
  [
    ['ational', 'ate'],
    ['tional', 'tion'],
    ['enci', 'ence'],
    ['anci', 'ance'],
    ['izer', 'ize'],
    ['bli', 'ble'],
    ['alli', 'al'],
    ['entli', 'ent'],
    ['eli', 'e'],
    ['ousli', 'ous'],
    ['ization', 'ize'],
    ['ation', 'ate'],
    ['ator', 'ate'],
    ['alism', 'al'],
    ['iveness', 'ive'],
    ['fulness', 'ful'],
    ['ousness', 'ous'],
    ['aliti', 'al'],
    ['iviti', 'ive'],
    ['biliti', 'ble'],
    ['fulli', 'ful'],
    ['logi', 'log', (rest: string) => atLeastOne(`${rest}l`)],
  ] as const
).map(([suffix, replacement, condition]) => [suffix, replacement, condition ?? atLeastOne]);

function shortenDoubleSuffix(word: string): string {
  if (word.endsWith('alli') && atLeastOne(word.slice(0, -4))) return shortenDoubleSuffix(word.slice(0, -2));
  return applyRules(word, doubleSuffixes);
}

const derivations: readonly Rule[] = [
  ['icate', 'ic', atLeastOne],
  ['ative', '', atLeastOne],
  ['alize', 'al', atLeastOne],
  ['iciti', 'ic', atLeastOne],
  ['ical', 'ic', atLeastOne],
  ['ful', '', atLeastOne],
  ['ness', '', atLeastOne],
];

const afterSOrT = (rest: string) => moreThanOne(rest) && /[st]$/.test(rest);
const endings: readonly Rule[] = [
  ...['al', 'ance', 'ence', 'er', 'ic', 'able', 'ible', 'ant', 'ement', 'ment', 'ent'].map(
    (suffix): Rule => [suffix, '', moreThanOne],
  ),
  ['ion', '', afterSOrT],
  ...['ou', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize'].map((suffix): Rule => [suffix, '', moreThanOne]),
];

function dropFinalE(word: string): string {
  if (!word.endsWith('e')) return word;
  const rest = word.slice(0, -1);
  const size = measure(rest);
  return size > 1 || (size === 1 && !endsShort(rest)) ? rest : word;
}

function undoubleL(word: string): string {
  return word.endsWith('ll') && moreThanOne(word.slice(0, -1)) ? word.slice(0, -1) : word;
}

function stemWord(word: string): string {
  const exception = irregular.get(word);
  if (exception) return exception;
  if (word.length <= 2) return word;
  const inflected = turnY(dropPastAndGerund(dropPlural(word)));
  const derived = applyRules(applyRules(shortenDoubleSuffix(inflected), derivations), endings);
  return undoubleL(dropFinalE(derived));
}

/** Texts repeat their words: the stems of the last few thousand are kept, which makes scoring several times faster. */
const remembered = new Map<string, string>();
const memory = 20_000;

/** The stem of one word, which is lower-cased first. Words of one or two letters stay as they are. */
export function stem(text: string): string {
  const word = text.toLowerCase();
  const known = remembered.get(word);
  if (known !== undefined) return known;
  if (remembered.size >= memory) remembered.clear();
  const result = stemWord(word);
  remembered.set(word, result);
  return result;
}
