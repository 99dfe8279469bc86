/** Text from outside (servers, files, modules) as one line that a terminal, a table or a log can show as it is. */

/** Line breaks and tabs, with the blanks around them. */
const breaks = /[ \t]*[\n\v\f\r\t\u0085\u2028\u2029]+[\s\u0085]*/g;

/** Characters that act instead of showing: controls (ESC among them), direction marks, lone halves of a pair. */
const acting =
  /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** Whether there is anything to change: nearly all text has nothing. */
const suspicious = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]/u;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Several lines become one, and characters that would act on a terminal are shown as `\u001b` and the like. What a
 * medium has of its own (Markdown, HTML) is still to be escaped there.
 *
 * @param most characters at most; what is beyond gives way to `…`. Default: no limit.
 */
export function plainText(text: string, most = Number.POSITIVE_INFINITY): string {
  const plain = suspicious.test(text) ? text.trim().replace(breaks, ' ').replace(acting, escaped) : text;
  if (plain.length <= most) return plain;
  // A pair is not cut in two.
  const end = /[\ud800-\udbff]/.test(plain[most - 1] ?? '') ? most - 1 : most;
  return `${plain.slice(0, end)}…`;
}

const lineEnds = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;

/** The same for a text whose lines are to stay, such as an answer: tabs become four blanks, nothing else moves. */
export function plainLines(text: string): string {
  if (!suspicious.test(text)) return text;
  const lines = text.replace(lineEnds, '\n').replaceAll('\t', '    ').split('\n');
  return lines.map((line) => line.replace(acting, escaped)).join('\n');
}

/** JSON, indented, that a terminal can show: what `JSON.stringify` leaves as it is (8-bit controls, direction marks) is escaped too. */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => line.replace(acting, escaped).replace(/[\u2028\u2029]/g, escaped))
    .join('\n');
