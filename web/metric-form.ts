/** A metric of the reader's own: an expression over columns, with its errors in place, and names that fit. */
import { ExpressionError, expressionFunctions, parseExpression } from '../src/metrics/expression.ts';
import { askMetrics, saveMetric } from './ask.ts';
import { element } from './element.ts';
import type { State } from './state.ts';

type Go = (change: Partial<State>) => void;

const mostSuggestions = 8;
const units = ['ratio', 'score', 'ms', 's', 'tokens', 'tokens/s', 'count', 'bytes', 'usd', 'layers'];
const sides = [
  ['neither', 'neither way'],
  ['more', 'more'],
  ['less', 'less'],
] as const;

/** Made once for a run: what is being typed stays, whatever the page draws anew around it. */
export function metricForm(run: string, state: State, go: Go): HTMLElement {
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
    input: () => check(),
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
    const put = (one: string) => () => {
      expression.setRangeText(one, end - word.length, end, 'end');
      expression.focus();
      check();
    };
    suggestions.replaceChildren(
      ...fit.slice(0, mostSuggestions).map((one) => element('button', { type: 'button', click: put(one) }, one)),
    );
  }

  async function save(): Promise<void> {
    if (!check()) return;
    try {
      await saveMetric({ name: name.value.trim(), ...asked() });
      say(`saved as ${name.value.trim()}`, false);
      await list();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  async function list(): Promise<void> {
    const known = await askMetrics(run);
    columns = known.columns;
    saved.replaceChildren(
      ...(known.saved.length > 0 ? [element('span', {}, 'Saved:')] : []),
      ...known.saved.map((one) => {
        const show = () => {
          expression.value = one.expression;
          unit.value = one.unit ?? 'ratio';
          better.value = one.better ?? 'neither';
          go(asked());
        };
        return element('button', { type: 'button', title: one.expression, click: show }, one.name);
      }),
    );
    saving.replaceChildren(
      ...(known.file === null
        ? [element('span', { class: 'muted' }, 'To save it, start ttcbench dash with --metrics FILE.json.')]
        : [name, element('button', { type: 'button', click: () => void save() }, `Save in ${known.file}`)]),
    );
  }
  void list().catch((error) => say(error instanceof Error ? error.message : String(error)));

  const submit = (event: Event) => {
    event.preventDefault();
    if (check() || expression.value.trim() === '') go(asked());
  };
  return element(
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
}
