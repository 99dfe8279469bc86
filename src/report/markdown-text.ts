/** Text from outside in a Markdown file: it shows as it is, and is neither table, code, link, picture nor HTML. */
import { plainText } from '../core/index.ts';

/** Punctuation can be escaped in Markdown, and escapes what follows it only where it is punctuation too. */
const before = /\\(?=[!-/:-@[-`{-~]|$)/g;

/** One line; no character of it acts. */
export const markdownText = (text: string): string =>
  plainText(text)
    .replace(before, '\\\\')
    .replace(/[|`]/g, '\\$&')
    // An end of a bracket that a link, a picture or the target of one may follow.
    .replace(/\](?=[([:])/g, '\\]')
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replaceAll('<', '&lt;');

/** One line in a code span, whose fence is longer than any row of backticks in it. */
export function markdownCode(text: string): string {
  const plain = plainText(text);
  const longest = Math.max(0, ...(plain.match(/`+/g) ?? []).map((row) => row.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$/.test(plain) ? ' ' : '';
  return `${fence}${pad}${plain}${pad}${fence}`;
}
