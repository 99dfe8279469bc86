/** The tokens of a trial over time: a bar a token, at the time it came. Tokens of one part stand upon each other. */
import { formatNumber } from '../src/core/format-number.ts';
import type { TokenMarks } from '../src/core/trial.ts';
import type { TrialText } from '../src/dash/read-trial.ts';
import { element, shape } from './element.ts';

interface Token {
  at: number;
  /** Place within its part, from 0. */
  place: number;
  /** Tokens of its part. */
  beside: number;
  /** Of the part; null where no texts are kept. */
  text: string | null;
  marks: Record<string, number>;
}

const mostTokens = 1000;

export function tokensOf({ turns }: TrialText): Token[] {
  return turns.flatMap(({ parts }) =>
    parts.flatMap(({ at, tokens, text, marks }) =>
      Array.from({ length: tokens }, (_, place) => ({
        ...{ at, place, beside: tokens, text },
        marks: marksAt(marks, place),
      })),
    ),
  );
}

function marksAt(marks: TokenMarks, place: number): Record<string, number> {
  const own = Object.entries(marks).map(([kind, list]) => [kind, list[place]] as const);
  return Object.fromEntries(own.filter((one): one is [string, number] => typeof one[1] === 'number'));
}

/** What colour says in this trial: exit layers, slots kept, or which tokens came along with another. */
function paintOf(tokens: readonly Token[]) {
  const kind = ['layer', 'kept'].find((name) => tokens.some(({ marks }) => marks[name] !== undefined));
  if (kind !== undefined) {
    const values = tokens.flatMap(({ marks }) => marks[kind] ?? []);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    // The palest colours of the scale are no bar on this ground.
    const step = (value: number) => (most === least ? 5 : 2 + Math.round(((value - least) / (most - least)) * 6));
    const words = kind === 'layer' ? 'left after layer' : 'kept';
    const shown = [...new Set(values)].sort((a, b) => a - b);
    return {
      of: ({ marks }: Token) => (marks[kind] === undefined ? 'own' : `heat-${step(marks[kind])}`),
      legend: (shown.length <= 7 ? shown : [least, most]).map(
        (value) => [`heat-${step(value)}`, `${words} ${formatNumber(value)}`] as const,
      ),
    };
  }
  const hasMore = tokens.some(({ beside }) => beside > 1);
  return {
    of: ({ place }: Token) => (place > 0 ? 'accepted' : 'own'),
    legend: [
      ['own', 'first token of its part'] as const,
      ...(hasMore ? [['accepted', 'came in the same part: accepted drafts, where the policy drafts'] as const] : []),
    ],
  };
}

export function timeline(trial: TrialText, until: number): HTMLElement {
  const all = tokensOf(trial);
  const tokens = all.slice(0, mostTokens);
  const title = `Tokens of ${trial.policy_name} over time`;
  if (tokens.length === 0) return element('p', { class: 'muted' }, `${trial.policy_name}: no token was timed.`);
  const paint = paintOf(tokens);
  const [width, bar, base] = [640, 9, 12 + 9 * Math.max(...tokens.map(({ beside }) => beside))];
  const x = (ms: number) => (until > 0 ? (ms / until) * (width - 60) : 0);
  const bars = tokens.map((token) =>
    shape(
      'rect',
      {
        x: x(token.at).toFixed(1),
        y: base - bar * (token.place + 1),
        width: 3,
        height: bar - 1,
        class: `fill-${paint.of(token)}`,
      },
      shape('title', {}, `${formatNumber(token.at)} ms${token.text === null ? '' : `: ${JSON.stringify(token.text)}`}`),
    ),
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) =>
    shape('text', { x: x(until * part), y: base + 16, class: 'fill-axis' }, `${formatNumber(until * part)} ms`),
  );
  const line = shape('line', { x1: 0, x2: width, y1: base + 1, y2: base + 1, class: 'line-axis' });
  const last = tokens.at(-1)?.at ?? 0;
  const says = `${title}: ${all.length} tokens, the first after ${formatNumber(tokens[0]?.at ?? 0)} ms, the last after ${formatNumber(last)} ms. The table of tokens below says the same.`;
  return element(
    'div',
    { class: 'timeline' },
    element('h3', {}, title),
    shape('svg', { viewBox: `0 0 ${width} ${base + 22}`, role: 'img', 'aria-label': says }, line, ...bars, ...ticks),
    element(
      'ul',
      { class: 'legend' },
      ...paint.legend.map(([name, words]) =>
        element('li', {}, element('span', { class: `swatch back-${name}`, 'aria-hidden': 'true' }), words),
      ),
    ),
    all.length > tokens.length && element('p', { class: 'muted' }, `The first ${mostTokens} of ${all.length} tokens.`),
    tokenTable(tokens, title),
  );
}

function tokenTable(tokens: readonly Token[], title: string): HTMLElement {
  const kinds = [...new Set(tokens.flatMap(({ marks }) => Object.keys(marks)))];
  const head = ['token', 'ms', 'ms since the last', 'text of its part', ...kinds];
  const rows = tokens.map(({ at, place, text, marks }, i) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, String(i + 1)),
      element('td', { class: 'right' }, formatNumber(at)),
      element('td', { class: 'right' }, formatNumber(at - (tokens[i - 1]?.at ?? 0))),
      element('td', {}, place > 0 ? '(the same part)' : text === null ? '(not kept)' : JSON.stringify(text)),
      ...kinds.map((kind) =>
        element('td', { class: 'right' }, marks[kind] === undefined ? '–' : formatNumber(marks[kind])),
      ),
    ),
  );
  return element(
    'details',
    {},
    element('summary', {}, `Table of the ${tokens.length} tokens`),
    element(
      'div',
      { class: 'scroll tall', tabindex: 0, role: 'region', 'aria-label': `Table: ${title}` },
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, ...head.map((text) => element('th', { scope: 'col' }, text)))),
        element('tbody', {}, ...rows),
      ),
    ),
  );
}
