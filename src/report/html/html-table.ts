import { policyFamily } from '../../charts/policy-family.ts';
import { htmlText } from './html-text.ts';

export interface HtmlTable {
  /** What it holds, for readers who do not see it. */
  label: string;
  head: readonly string[];
  align: readonly ('left' | 'right')[];
  /** Texts from outside are escaped here. */
  rows: readonly (readonly string[])[];
  /** Column with names of policies, which get the dot of their family. */
  policies?: number;
  /** Column with long sentences. */
  messages?: number;
  sortable?: boolean;
  /** Rows can be chosen by words. */
  filter?: boolean;
}

/** Wider than the page, it moves within its own frame. */
export function htmlTable(table: HtmlTable): string {
  const { label, head, align, rows, sortable = false, filter = false } = table;
  const side = (at: number) => (align[at] === 'right' ? ' class="right"' : '');
  const heads = head.map((title, at) => `<th scope="col"${side(at)}>${htmlText(title)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((text, at) => cellOf(text, at, table)).join('')}</tr>`).join('\n');
  return `<div class="scroll" tabindex="0" role="region" aria-label="${htmlText(label)}">
<table${sortable ? ` data-sortable="${filter ? 'filter' : 'sort'}"` : ''}><thead><tr>${heads}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

function cellOf(text: string, at: number, { align, policies, messages }: HtmlTable): string {
  const side =
    align[at] === 'right'
      ? ' class="right"'
      : at === messages
        ? ' class="message"'
        : text.length > 24 && at !== policies
          ? ' class="long"'
          : '';
  const dot = at === policies ? `<span class="dot dot-${policyFamily(text)}"></span>` : '';
  const shown = at === policies ? breakable(htmlText(text)) : verdicts(htmlText(text));
  return `<td${side}>${dot}${shown}</td>`;
}

/** Long names may go on in the next line where a word of theirs ends. @param text escaped already */
const breakable = (text: string) => text.replace(/[_+,]/g, '$&<wbr>');

/** Verdicts that were shown stand out. @param text escaped already */
const verdicts = (text: string) =>
  text.replace(/ better$/, ' <span class="good">better</span>').replace(/ worse$/, ' <span class="bad">worse</span>');
