/** One trial beside the baseline's of the same sample: texts, tokens, counters. */
import { formatNumber } from '../src/core/format-number.ts';
import type { TrialPage, TrialText } from '../src/dash/read-trial.ts';
import { element } from './element.ts';
import { timeline } from './timeline.ts';

export function trialView(page: TrialPage, close: () => void): HTMLElement {
  const { trial, baseline, difference } = page;
  const both = baseline ? [trial, baseline] : [trial];
  const until = Math.max(0, ...both.flatMap(({ turns }) => turns.map(({ end }) => end)));
  return element(
    'section',
    { 'aria-labelledby': 'trial-title', id: 'trial' },
    element(
      'div',
      { class: 'row' },
      element('h2', { id: 'trial-title', tabindex: -1 }, `${trial.policy_name} on ${page.sample}`),
      element('button', { type: 'button', 'data-focus': 'close trial', click: close }, 'Close this trial'),
    ),
    element('p', {}, sayDifference(page)),
    element('h3', {}, 'Prompt'),
    element('pre', { tabindex: 0, 'aria-label': 'Prompt' }, page.prompt || '(not kept)'),
    page.reference !== '' && element('p', {}, 'Reference: ', element('code', {}, page.reference)),
    element('div', { class: 'pair' }, ...both.map((one) => answer(one, difference))),
    element('div', { class: 'pair' }, ...both.map((one) => timeline(one, until))),
    counters(both),
  );
}

function sayDifference({ trial, baseline, difference }: TrialPage): string {
  if (baseline === null) return 'There is no baseline of this sample and repeat to hold it against.';
  if (trial.answer === null || baseline.answer === null) return 'One of the two has no answer.';
  if (difference === null) return "The answer is the baseline's, character by character.";
  return `The answers differ from character ${difference + 1} on; what follows is marked.`;
}

function answer({ policy_name, answer: text, error, scores, status, turns }: TrialText, difference: number | null) {
  const end = Math.max(0, ...turns.map((turn) => turn.end));
  const facts = [
    status,
    ...(end > 0 ? [`${formatNumber(end)} ms`] : []),
    `${turns.reduce((sum, turn) => sum + turn.completion_tokens, 0)} tokens`,
    ...Object.entries(scores).map(
      ([name, value]) => `${name} ${typeof value === 'number' ? formatNumber(value) : '–'}`,
    ),
  ];
  const shown = text ?? '';
  const cut = difference === null ? shown.length : difference;
  return element(
    'div',
    {},
    element('h3', {}, `Answer of ${policy_name}`),
    element('p', { class: 'muted' }, facts.join(' · ')),
    error !== null && element('p', { class: 'bad' }, error),
    text !== null &&
      element(
        'pre',
        { tabindex: 0, 'aria-label': `Answer of ${policy_name}` },
        shown.slice(0, cut),
        cut < shown.length && element('mark', {}, shown.slice(cut)),
      ),
  );
}

function counters(both: readonly TrialText[]): HTMLElement {
  const names = [...new Set(both.flatMap(({ counters }) => Object.keys(counters)))].sort();
  const value = (one: TrialText, name: string) =>
    one.counters[name] === undefined ? '–' : formatNumber(one.counters[name]);
  return element(
    'details',
    {},
    element('summary', {}, `Counters (${names.length})`),
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Counters' },
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            ...['counter', ...both.map((one) => one.policy_name)].map((text) => element('th', { scope: 'col' }, text)),
          ),
        ),
        element(
          'tbody',
          {},
          ...names.map((name) =>
            element(
              'tr',
              {},
              element('th', { scope: 'row' }, name),
              ...both.map((one) => element('td', { class: 'right' }, value(one, name))),
            ),
          ),
        ),
      ),
    ),
  );
}
