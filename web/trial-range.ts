/** A range of one number of the trials: drawn on a chart or typed, shown as a chip that takes it away. */
import { element } from './element.ts';
import { type Go, noRange, type State } from './state.ts';

/** Number of a trial, as the server and as the table calls it. */
export const rangeNames = {
  generation_time: 'total ms',
  first_token_latency: 'first token ms',
  throughput: 'tokens/s',
  reward: 'score',
  completion_tokens: 'tokens',
} as const;

const charted: Partial<Record<string, keyof typeof rangeNames>> = { latency: 'generation_time', quality: 'reward' };

/** What was drawn on a chart, in numbers that can be read: never narrower than the drawing. */
export function rangeOf(chart: string, least: number, most: number): Partial<State> {
  const range = charted[chart];
  if (range === undefined) return {};
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(most), 1e-9))));
  const step = 10 ** Math.min(6, digits);
  const text = (value: number) => String(Number((value / step).toFixed(6)));
  return { range, least: text(Math.floor(least * step)), most: text(Math.ceil(most * step)) };
}

const nameOf = (range: string) => rangeNames[range as keyof typeof rangeNames] ?? range;

/** Two number fields, and what they keep out as a chip. */
export function rangeForm({ range, least, most }: State, go: Go): HTMLElement {
  const field = (name: string, value: string) =>
    element('input', {
      ...{ type: 'number', step: 'any', value, 'aria-label': name, 'data-focus': name, class: 'short' },
    });
  const which = element(
    'select',
    { 'aria-label': 'Number of the trials', 'data-focus': 'range' },
    ...Object.entries(rangeNames).map(([value, text]) => element('option', { value, selected: value === range }, text)),
  );
  const [low, high] = [field('Least', least), field('Most', most)];
  const isChosen = range !== '' && (least !== '' || most !== '');
  const submit = (event: Event) => {
    event.preventDefault();
    const given = { range: which.value, least: low.value, most: high.value };
    go(given.least === '' && given.most === '' ? noRange : given);
  };
  return element(
    'form',
    { class: 'row range', 'aria-label': 'Range of the trials', submit },
    which,
    ' from ',
    low,
    ' to ',
    high,
    element('button', { type: 'submit' }, 'Keep these'),
    isChosen &&
      element(
        'button',
        { type: 'button', class: 'chip', 'aria-label': 'Take this range away', click: () => go(noRange) },
        `${nameOf(range)} ${least === '' ? 'up' : least} to ${most === '' ? 'any' : most} ×`,
      ),
  );
}
