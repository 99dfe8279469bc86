import { splitWords, strip } from '../python-text.ts';

/** What an agent's message asks for: run a query, or give the answer. */
export interface CrmAction {
  name: 'execute' | 'respond';
  content: string;
}

/** Trimmed text of the first `<tag>…</tag>`, or '' where there is none. */
function taggedContent(text: string, tag: string): string {
  const open = text.indexOf(`<${tag}>`);
  const start = open + tag.length + 2;
  const end = open < 0 ? -1 : text.indexOf(`</${tag}>`, start);
  return end < 0 ? '' : strip(text.slice(start, end));
}

/**
 * Reads an agent's message as CRMArena does (arXiv 2411.02305): the first `<execute>…</execute>` wherever it stands,
 * else the first `<respond>…</respond>`. Case counts, attributes are unknown.
 *
 * @returns null where neither is there or both are empty: an invalid turn
 */
export function parseAction(text: string): CrmAction | null {
  for (const name of ['execute', 'respond'] as const) {
    const content = taggedContent(text, name);
    if (content !== '') return { name, content };
  }
  return null;
}

/** At least one character between the fences; a language tag belongs to the opening one. */
const fenced = /```(?:soql|SOQL|sql|SQL)?([\s\S]+?)```/;

/**
 * The query of an execute action: of the first block between triple backticks its content, without a language tag and
 * with whitespace collapsed; a block of whitespace alone gives ''. Text without such a block, and `FIND` queries, stay
 * as they are.
 */
export function cleanQuery(text: string): string {
  const block = text.startsWith('FIND') ? undefined : fenced.exec(text)?.[1];
  return block === undefined ? text : splitWords(block).join(' ');
}
