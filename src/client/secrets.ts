/** Takes keys and personal identifiers out of text before anything stores or shows it. */
import { plainText } from '../core/index.ts';
import type { Endpoint } from './endpoint.ts';

export type Scrub = (text: string) => string;

type Pattern = readonly [pattern: RegExp, label: string];

/** Logins in URLs, authorization values, long keys: nothing a model's answer holds by chance. */
const certain: readonly Pattern[] = [
  [/(?<=\b(?:Bearer|Basic)\s+)[A-Za-z0-9_.~+/=-]{16,}/gi, '[key]'],
  [/\b(?:sk|gsk|csk|fw|hf|xai|tgp)[-_][A-Za-z0-9_-]{20,}/g, '[key]'],
  [/(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"]+(?=@)/gi, '[login]'],
];

/** In the words of errors also what only looks like a key, half masked ones, and ids of organisations. */
const likely: readonly Pattern[] = [
  [/(?<=\b(?:Bearer|Basic)\s+)[A-Za-z0-9_.~+/=*-]{6,}/gi, '[key]'],
  [/\b(?:sk|gsk|pk|csk|fw|hf|xai|tgp)[-_][A-Za-z0-9_*.-]{4,}/g, '[key]'],
  [/(?<=\b(?:org|proj|user)[-_])[A-Za-z0-9*]{6,}/g, '[id]'],
  [/(?<=[?&](?:[\w-]*(?:key|token|secret|sig|signature|code|password|auth))=)[^&\s"'<>]{4,}/gi, '[key]'],
];

/** How a secret may stand in what a server sends back: as it is, in a URL, in HTML, in a JSON string. */
function spellings(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inHtml = secret.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1);
  const all = [secret, encodeURIComponent(secret), encodeURI(secret), inForm, inHtml, inJson];
  return [...all, inJson.replaceAll('/', '\\/')];
}

/** Secrets below this length would take ordinary words out of every error. */
const shortest = 4;

function known(secrets: readonly (string | undefined)[]): Pattern[] {
  const all = secrets.filter((secret) => secret !== undefined && secret.length >= shortest) as string[];
  return spelledOut(all).map((secret) => [new RegExp(escaped(secret), 'gi'), '[key]']);
}

/** The longest first: a part of a secret may be one itself. */
const spelledOut = (secrets: readonly string[]): string[] =>
  [...new Set(secrets.flatMap(spellings))].sort((a, b) => b.length - a.length);

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const replaceAll =
  (patterns: readonly Pattern[]): Scrub =>
  (text) =>
    patterns.reduce((clean, [pattern, label]) => clean.replace(pattern, label), text);

/** For errors and logs: every secret gives way to a label. */
export const createScrub = (secrets: readonly (string | undefined)[]): Scrub =>
  replaceAll([...known(secrets), ...certain, ...likely]);

/** Where secrets stand in a text: from, to. */
export type FindSecrets = (text: string) => readonly (readonly [from: number, to: number])[];

/**
 * `EMPTY`, `ollama`, `anything`: what people set where a server wants no key. An answer holds such words by chance, and
 * taking them out would change its score.
 */
const isWord = (secret: string): boolean => secret.length < 8 || (secret.length < 16 && /^[a-z]+$/i.test(secret));

/** So much of a secret's beginning at the end of a text is one that was cut. */
const telling = 12;

/** For answers and whatever else a trial holds. Words of everyday are no secrets here. */
export function createSecretFinder(secrets: readonly string[]): FindSecrets {
  const all = spelledOut(secrets.filter((secret) => !isWord(secret)));
  if (all.length === 0) return () => [];
  const pattern = new RegExp(all.map(escaped).join('|'), 'gi');
  return (text) => {
    const found = [...text.matchAll(pattern)].map(({ index, 0: { length } }) => [index, index + length] as const);
    const from = cutAt(text, all);
    const last = found.at(-1)?.[1] ?? 0;
    return from === undefined || from < last ? found : [...found, [from, text.length] as const];
  };
}

/** Where a secret begins that the end of the text cuts off. */
function cutAt(text: string, secrets: readonly string[]): number | undefined {
  for (const secret of secrets) {
    if (secret.length <= telling) continue;
    const start = Math.max(0, text.length - secret.length + 1);
    const at = text.indexOf(secret.slice(0, telling), start);
    if (at >= 0 && secret.startsWith(text.slice(at))) return at;
  }
  return undefined;
}

/** For recorded bytes: every secret gives way to as many x, so that lengths and cuts stay as they were. */
export function createMask(secrets: readonly (string | undefined)[], isError: boolean): Scrub {
  const patterns = [...known(secrets), ...certain, ...(isError ? likely : [])];
  return (text) =>
    patterns.reduce((clean, [pattern]) => clean.replace(pattern, (found) => 'x'.repeat(found.length)), text);
}

/** Everything secret in how a server is reached: the key, and what its URL holds. */
export const secretsOf = (apiKey: string | undefined, endpoints: readonly Endpoint[]): string[] => [
  ...(apiKey === undefined ? [] : [apiKey, Buffer.from(apiKey).toString('base64')]),
  ...endpoints.flatMap((endpoint) => endpoint.secrets),
];

/** Nothing in it acts or looks like a key: ids of answers, of which every record has one. */
const ordinary = /^[\w.:-]{1,100}$/;
const keyLike = /(?:sk|pk|fw|hf|xai|tgp|org|proj|user)[-_]/i;

/** For short fields of an answer (an id, a finish reason) as a record may hold them: one plain word without a secret. */
export function createWordScrub(secrets: readonly string[]): Scrub {
  const scrub = createScrub(secrets);
  const all = secrets.flatMap(spellings).map((secret) => secret.toLowerCase());
  return (text) => {
    if (ordinary.test(text) && !keyLike.test(text)) {
      const small = text.toLowerCase();
      if (!all.some((secret) => small.includes(secret))) return text;
    }
    return plainText(scrub(text), 200);
  };
}
