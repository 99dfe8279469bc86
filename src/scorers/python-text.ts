/**
 * Text primitives as Python defines them. The official scorers are Python programs, and JavaScript differs: its `\s`
 * knows U+FEFF but not U+0085 or U+001C–1F, its `\d` and `\b` are ASCII only, its `.` stops at more than `\n`.
 */

/** The characters of Python's `str.isspace` (and of `\s` in a `str` pattern), for use inside a RegExp class. */
export const pythonSpace =
  '\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** The characters of Python's `\w`: letters, every kind of number, underscore; no combining marks. */
export const pythonWord = '\\p{L}\\p{N}_';

const spaceCharacter = new RegExp(`[${pythonSpace}]`, 'u');

const isSpace = (character: string) => spaceCharacter.test(character);

/** Up to this code point a table says what is white space; none stands behind it. */
const lastSpace = 0x3000;
const spaceCodes = Uint8Array.from({ length: lastSpace + 1 }, (_, code) => Number(isSpace(String.fromCharCode(code))));

/** The same of a code point. */
export const isSpaceCode = (code: number): boolean => code <= lastSpace && spaceCodes[code] === 1;

/** `str.strip()`, or `str.strip(characters)`: drops every leading and trailing character that `drop` names. */
export function strip(text: string, drop: (character: string) => boolean = isSpace): string {
  let start = 0;
  let end = text.length;
  while (start < end && drop(text[start] as string)) start++;
  while (end > start && drop(text[end - 1] as string)) end--;
  return text.slice(start, end);
}

/** `str.rstrip()`. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

/** `str.split()`: words between runs of whitespace, no empty ones. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !isSpaceCode(text.charCodeAt(at))) continue;
    if (at > start) words.push(text.slice(start, at));
    start = at + 1;
  }
  return words;
}

const decimalDigit = /^\p{Nd}$/u;

/** Value of a Unicode decimal digit: digits stand in runs of ten, so the distance to the run's start tells it. */
function digitValue(character: string): number {
  const code = character.codePointAt(0) as number;
  let start = code;
  while (decimalDigit.test(String.fromCodePoint(start - 1))) start--;
  return (code - start) % 10;
}

/** `int(text)` for a match of `\d+`, in whatever script its digits are. */
export function parseInteger(digits: string): number {
  if (/^[0-9]+$/.test(digits)) return Number(digits);
  return [...digits].reduce((value, character) => value * 10 + digitValue(character), 0);
}
