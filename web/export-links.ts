/** Links to files of what is shown. The server writes them; the browser only saves them. */
import { element } from './element.ts';
import type { State } from './state.ts';
import { isDark } from './theme.ts';

type Asked = Record<string, string | readonly string[]>;

/** @param what for those who hear the page */
function link(path: string, asked: Asked, text: string, what: string): HTMLElement {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked))
    for (const one of [value].flat()) if (one !== '') query.append(name, one);
  const attributes = {
    href: `${path}?${query}`,
    download: '',
    'aria-label': `${text}: ${what}`,
    'data-focus': `${text} ${what}`,
  };
  return element('a', attributes, text);
}

const row = (...links: HTMLElement[]) => element('p', { class: 'links' }, ...links);

export const tableLinks = (asked: Asked, label: string, ...others: HTMLElement[]): HTMLElement =>
  row(
    link('/api/export', { ...asked, format: 'csv' }, 'CSV', label),
    link('/api/export', { ...asked, format: 'xlsx' }, 'Excel', label),
    ...others,
  );

type Where = Pick<State, 'benchmark' | 'backend' | 'model'>;

/** The table word for word, and the numbers behind all tables and charts of the benchmark. */
export function groupLinks(
  { family, policies, sort, order }: Pick<State, 'family' | 'policies' | 'sort' | 'order'>,
  { run, group, table, ...where }: { run: string; group: number; table: string } & Where,
  label: string,
): HTMLElement {
  const asked = { run, table, group: String(group), family, policy: policies, column: sort, order };
  const numbers = { run, table: 'numbers', family, policy: policies, ...where, format: 'csv' };
  const more =
    table === 'policies' ? [link('/api/export', numbers, 'All numbers', `report of ${where.benchmark} as CSV`)] : [];
  return tableLinks(asked, label, ...more);
}

export function chartLinks(asked: Asked, title: string, path = '/api/chart'): HTMLElement {
  const theme = isDark() ? 'dark' : 'light';
  const of = (format: string) => link(path, { ...asked, theme, format }, format.toUpperCase(), title);
  return row(of('svg'), of('png'));
}

/** Copies the address with the run in it, so that the newest run may be another one by then. */
export function copyLink(address: () => string): HTMLElement {
  const said = element('span', { role: 'status', class: 'muted' });
  const copy = async () => {
    const url = new URL(address(), location.href).href;
    try {
      await navigator.clipboard.writeText(url);
      said.textContent = 'copied';
    } catch {
      // Only pages of this machine and of HTTPS may write there.
      said.textContent = url;
    }
  };
  return element(
    'span',
    { class: 'row' },
    element('button', { type: 'button', 'data-focus': 'copy link', click: () => void copy() }, 'Copy link'),
    said,
  );
}
