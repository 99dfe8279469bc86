/** A metric of the reader's own: an expression over columns, with its errors in place, and names that fit. */

import type { MetricsPage } from '../src/dash/custom-metrics.ts';
import { ExpressionError, expressionFunctions, parseExpression } from '../src/metrics/expression.ts';
import { askMetrics, saveMetric } from './ask.ts';
import { element } from './element.ts';
import type { Go, State } from './state.ts';

const mostSuggestions = 8;
const units = ['ratio', 'score', 'ms', 's', 'tokens', 'tokens/s', 'count', 'bytes', 'usd', 'layers'];
const sides = [
  ['neither', 'neither way'],
  ['more', 'more'],
  ['less', 'less'],
] as const;

export interface MetricForm {
  element: HTMLElement;
  /** Shows the metric of another address: the reader went back, or forward. */
  follow(state: State): void;
}

/** Made once for a run: what is being typed stays, whatever the page draws anew around it. */
export function metricForm(run: string, state: State, go: Go): MetricForm {
  const said = element('p', { id: 'metric-said', class: 'bad', 'aria-live': 'polite' });
  const expression = element('input', {
    ...{
      type: 'text',
      id: 'expression',
      spellcheck: 'false',
      autocomplete: 'off',
      maxlength: 400,
      value: state.expression,
    },
    ...{
      placeholder: 'generation_time / completion_tokens',
      'aria-describedby': 'metric-said',
      'data-focus': 'expression',
    },
    input: () => {
      // Where the columns could not be read, they are asked for again by whoever types.
      if (listing === undefined) void list();
      check();
    },
  });
  const choice = (name: string, values: readonly (readonly [string, string])[], now: string) =>
    element(
      'select',
      { 'data-focus': name, 'aria-label': name },
      ...values.map(([value, text]) => element('option', { value, selected: value === now }, text)),
    );
  const unit = choice(
    'Unit',
    units.map((one) => [one, one] as const),
    state.unit || 'ratio',
  );
  const better = choice('Better is', sides, state.better || 'neither');
  const name = element('input', {
    type: 'text',
    'aria-label': 'Name',
    placeholder: 'name',
    maxlength: 64,
    'data-focus': 'metric name',
  });
  const suggestions = element('p', { class: 'links', 'aria-label': 'Columns and functions that fit' });
  const saved = element('p', { class: 'links' });
  const saving = element('span', { class: 'row' });
  let columns: string[] = [];
  let listing: Promise<void> | undefined;
  let shown = '';

  const say = (text: string, isBad = true): false => {
    said.textContent = text;
    said.className = isBad ? 'bad' : 'muted';
    expression.setAttribute('aria-invalid', String(isBad && text !== ''));
    return false;
  };
  const asked = () => ({ expression: expression.value.trim(), unit: unit.value, better: better.value });

  /** Whether it can be read. */
  function check(): boolean {
    suggest();
    if (expression.value.trim() === '') return say('');
    try {
      const unknown = parseExpression(expression.value).columns.find(
        (one) => columns.length > 0 && !columns.includes(one),
      );
      say(unknown === undefined ? '' : `there is no column ${unknown}`);
      return unknown === undefined;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return say(`${error.message} (character ${error.at + 1})`);
    }
  }

  function suggest(): void {
    const end = expression.selectionStart ?? expression.value.length;
    const word = /[A-Za-z_]\w*$/.exec(expression.value.slice(0, end))?.[0] ?? '';
    const all = [...columns, ...Object.keys(expressionFunctions).map((one) => `${one}(`)];
    const fit = all.filter((one) => word !== '' && one !== word && one.includes(word));
    fit.sort((a, b) => Number(b.startsWith(word)) - Number(a.startsWith(word)));
    const take = (one: string) => () => {
      expression.setRangeText(one, end - word.length, end, 'end');
      expression.focus();
      check();
    };
    const now = JSON.stringify([word, end, fit]);
    // A button that fits still may be pressed right now.
    if (now === shown) return;
    shown = now;
    suggestions.replaceChildren(
      ...fit.slice(0, mostSuggestions).map((one) => element('button', { type: 'button', click: take(one) }, one)),
    );
  }

  async function save(): Promise<void> {
    if (!check()) return;
    const [of, given] = [name.value.trim(), asked()];
    try {
      await saveMetric({ name: of, ...given });
      // Who typed on meanwhile has been told of that.
      if (expression.value.trim() === given.expression) say(`saved as ${of}`, false);
      await list();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  /** One question after the other: an older answer never takes the place of a newer one. */
  function list(): Promise<void> {
    const mine = (listing ?? Promise.resolve()).then(async () => {
      try {
        fillIn(await askMetrics(run));
      } catch (error) {
        if (listing === mine) listing = undefined;
        say(error instanceof Error ? error.message : String(error));
      }
    });
    listing = mine;
    return mine;
  }

  function fillIn(known: MetricsPage): void {
    // Whoever typed before the columns were known has been told of none; whoever saved has, and reads that it is saved.
    const areNew = columns.length === 0 && known.columns.length > 0;
    columns = known.columns;
    if (areNew && expression.value.trim() !== '') check();
    saved.replaceChildren(
      ...(known.saved.length > 0 ? [element('span', {}, 'Saved:')] : []),
      ...known.saved.map((one) => {
        const show = () => {
          put(one);
          go(asked());
        };
        return element('button', { type: 'button', title: one.expression, click: show }, one.name);
      }),
    );
    if (saving.childElementCount > 0) return;
    saving.replaceChildren(
      ...(known.file === null
        ? [element('span', { class: 'muted' }, 'To save it, start ttcbench dash with --metrics FILE.json.')]
        : [name, element('button', { type: 'button', click: () => void save() }, `Save in ${known.file}`)]),
    );
  }

  function put(one: { expression: string; unit?: string | undefined; better?: string | undefined }): void {
    expression.value = one.expression;
    unit.value = one.unit || 'ratio';
    better.value = one.better || 'neither';
  }
  void list();

  const submit = (event: Event) => {
    event.preventDefault();
    if (check() || expression.value.trim() === '') go(asked());
  };
  const details = element(
    'details',
    { class: 'choice', open: state.expression !== '' },
    element('summary', {}, 'Metric of your own'),
    element(
      'form',
      { 'aria-label': 'Metric of your own', submit },
      element('label', { class: 'wide', for: 'expression' }, 'Arithmetic over the numbers of a trial'),
      expression,
      suggestions,
      said,
      element(
        'p',
        { class: 'row' },
        'Unit ',
        unit,
        ' better is ',
        better,
        element('button', { type: 'submit' }, 'Show'),
      ),
      saved,
      saving,
    ),
  );
  return {
    element: details,
    follow: (state) => {
      if (state.expression === asked().expression) return;
      put(state);
      check();
    },
  };
}
