/** Takes keys and personal identifiers out of text before anything stores or shows it. */

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
];

const known = (secrets: readonly (string | undefined)[]): Pattern[] =>
  secrets
    .filter((secret): secret is string => secret !== undefined && secret.length >= 4)
    .map((secret) => [new RegExp(secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'g'), '[key]']);

/** For errors and logs: every secret gives way to a label. */
export function createScrub(secrets: readonly (string | undefined)[]): Scrub {
  const patterns = [...known(secrets), ...certain, ...likely];
  return (text) => patterns.reduce((clean, [pattern, label]) => clean.replace(pattern, label), text);
}

/** For recorded bytes: every secret gives way to as many x, so that lengths and cuts stay as they were. */
export function createMask(secrets: readonly (string | undefined)[], isError: boolean): Scrub {
  const patterns = [...known(secrets), ...certain, ...(isError ? likely : [])];
  return (text) =>
    patterns.reduce((clean, [pattern]) => clean.replace(pattern, (found) => 'x'.repeat(found.length)), text);
}
