/** A run that is started from the page: a forecast first, then its words as they come, and a way to end it. */
import { formatNumber } from '../src/core/format-number.ts';
import type { RunAsked, StartedRun } from '../src/dash/started-run.ts';
import { askStart, cancelRun, type Forecast, forecastRun, startRun } from './ask.ts';
import { element } from './element.ts';
import type { State } from './state.ts';

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Made once: what is chosen stays, whatever the page draws anew around it. */
export function startForm(go: (change: Partial<State>) => void): HTMLElement {
  const place = element('div', {}, 'Reading what can be played …');
  const details = element('details', { class: 'choice' }, element('summary', {}, 'Start a run'), place);
  void fill(place, go).catch((error) => place.replaceChildren(element('p', { class: 'bad' }, message(error))));
  return details;
}

async function fill(place: HTMLElement, go: (change: Partial<State>) => void): Promise<void> {
  const { isAllowed, policies, benchmarks, models, started } = await askStart();
  if (!isAllowed) {
    const command = element('code', {}, 'ttcbench dash --allow-runs');
    return place.replaceChildren(element('p', {}, 'The page starts no runs. Start it as ', command, ' to let it.'));
  }
  const select = (name: string, values: readonly string[]) =>
    element(
      'select',
      { 'aria-label': name, 'data-focus': `start ${name}`, change: forget },
      ...values.map((value) => element('option', { value }, value)),
    );
  const said = element('div', { 'aria-live': 'polite' });
  const watched = element('div', { id: 'started' });
  const [benchmark, model] = [select('Benchmark', benchmarks), select('Model', models)];
  const samples = element('input', {
    type: 'number',
    min: 1,
    max: 100000,
    value: '20',
    'aria-label': 'Samples',
    'data-focus': 'samples',
    input: forget,
  });
  const boxes = policies.map((value) => element('input', { type: 'checkbox', value, change: forget }));
  const asked = (): RunAsked => ({
    policies: boxes.filter(({ checked }) => checked).map(({ value }) => value),
    ...{ benchmark: benchmark.value, model: model.value, samples: Number(samples.value) },
  });

  /** A forecast of something else is none. */
  function forget(): void {
    said.replaceChildren();
  }

  async function forecast(): Promise<void> {
    said.replaceChildren(element('p', { class: 'muted' }, 'A few short calls tell how long it may take …'));
    const now = asked();
    try {
      said.replaceChildren(
        ...forecastText(await forecastRun(now)),
        button('Start this run', () => start(now)),
      );
    } catch (error) {
      said.replaceChildren(element('p', { class: 'bad', role: 'alert' }, message(error)));
    }
  }

  async function start(now: RunAsked): Promise<void> {
    try {
      watch(await startRun(now));
      forget();
    } catch (error) {
      said.replaceChildren(element('p', { class: 'bad', role: 'alert' }, message(error)));
    }
  }

  function watch(run: StartedRun): void {
    watched.replaceChildren(...startedText(run, go));
    if (run.state !== 'running') return;
    const again = async () => {
      const { started } = await askStart();
      if (started) watch(started);
    };
    setTimeout(() => void again().catch(() => setTimeout(() => watch(run), 5000)), 1000);
  }

  const submit = (event: Event) => {
    event.preventDefault();
    void forecast();
  };
  place.replaceChildren(
    element(
      'form',
      { 'aria-label': 'Start a run', submit },
      element(
        'fieldset',
        {},
        element('legend', {}, 'Policies'),
        ...boxes.map((box) => element('label', { class: 'chip' }, box, box.value)),
      ),
      element(
        'p',
        { class: 'row' },
        'Benchmark ',
        benchmark,
        ' model ',
        model,
        ' samples ',
        samples,
        element('button', { type: 'submit' }, 'Forecast'),
      ),
      said,
    ),
    watched,
  );
  if (started) watch(started);
}

const button = (text: string, work: () => Promise<void>) =>
  element('button', { type: 'button', 'data-focus': text, click: () => void work() }, text);

const commandText = (command: string) => [
  element('pre', { tabindex: 0, 'aria-label': 'Command' }, command),
  button('Copy command', () => navigator.clipboard.writeText(command)),
];

function forecastText({ command, forecast }: Forecast): HTMLElement[] {
  const { trials, calls, promptTokens, completionTokens, notes, estimate } = forecast;
  const lines = [
    `${formatNumber(trials)} trials, the baseline twice among them`,
    `${formatNumber(calls)} calls, about ${formatNumber(promptTokens)} prompt tokens and at most ${formatNumber(completionTokens)} completion tokens`,
    ...(estimate
      ? [
          `${formatNumber(estimate.seconds.low)} to ${formatNumber(estimate.seconds.high)} s, an estimate: ${estimate.basis}`,
        ]
      : []),
    ...notes,
  ];
  return [element('ul', {}, ...lines.map((line) => element('li', {}, line))), ...commandText(command)];
}

const endings: Record<number, string> = { 0: 'complete', 130: 'interrupted; the same command goes on' };

function startedText(
  { run, state, exitCode, lines, command, isThere, isCancelled }: StartedRun,
  go: (change: Partial<State>) => void,
): HTMLElement[] {
  const ending = isCancelled
    ? 'cancelled; the same command goes on'
    : (endings[exitCode ?? -1] ?? `exit code ${exitCode}`);
  const how = state === 'ended' ? `ended: ${ending}` : isCancelled ? 'is being cancelled' : 'is running';
  return [
    element('p', { role: 'status' }, `${run} ${how}`),
    element('pre', { tabindex: 0, 'aria-label': 'What the run says' }, lines.join('\n') || '…'),
    element(
      'p',
      { class: 'row' },
      state === 'running' && button('Cancel this run', async () => void (await cancelRun())),
      isThere && button('Show this run', async () => go({ run, benchmark: '', policies: [], open: '', trial: '' })),
    ),
    ...commandText(command),
  ];
}
