/** A run that is started from the page: a forecast first, then its words as they come, and a way to end it. */
import { formatNumber } from '../src/core/format-number.ts';
import type { RunAsked, StartedRun } from '../src/dash/started-run.ts';
import { askStart, cancelRun, type Forecast, forecastRun, startRun } from './ask.ts';
import { element } from './element.ts';
import { type Go, otherRun } from './state.ts';

const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Made once: what is chosen stays, whatever the page draws anew around it. */
export function startForm(go: Go): HTMLElement {
  const place = element('div', {});
  const read = async () => {
    place.replaceChildren('Reading what can be played …');
    try {
      await fill(place, go);
    } catch (error) {
      place.replaceChildren(element('p', { class: 'bad', role: 'alert' }, message(error)), button('Ask again', read));
    }
  };
  void read();
  return element('details', { class: 'choice' }, element('summary', {}, 'Start a run'), place);
}

async function fill(place: HTMLElement, go: Go): Promise<void> {
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

  /** Counts what was asked: an answer to something else than what is chosen now is none. */
  let question = 0;
  function forget(): void {
    question++;
    said.replaceChildren();
  }

  async function forecast(): Promise<void> {
    const mine = ++question;
    const now = asked();
    const say = (...children: HTMLElement[]) => mine === question && said.replaceChildren(...children);
    say(element('p', { class: 'muted' }, 'A few short calls tell how long it may take …'));
    try {
      const found = await forecastRun(now);
      say(
        ...forecastText(found),
        button('Start this run', () => start(now)),
      );
    } catch (error) {
      say(element('p', { class: 'bad', role: 'alert' }, message(error)));
    }
  }

  async function start(now: RunAsked): Promise<void> {
    const mine = question;
    try {
      watch(await startRun(now));
      if (mine === question) forget();
    } catch (error) {
      if (mine === question) said.replaceChildren(element('p', { class: 'bad', role: 'alert' }, message(error)));
    }
  }

  let view: { run: string; made: ReturnType<typeof startedView> } | undefined;
  function watch(run: StartedRun): void {
    if (view?.run !== run.run) {
      view = { run: run.run, made: startedView(run, go) };
      watched.replaceChildren(...view.made.elements);
    }
    view.made.show(run);
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

/** Not to be pressed again before it is done. */
function button(text: string, work: () => Promise<void>): HTMLButtonElement {
  const made = element(
    'button',
    {
      ...{ type: 'button', 'data-focus': text },
      click: () => {
        made.setAttribute('aria-disabled', 'true');
        if (isBusy) return;
        isBusy = true;
        void work().finally(() => {
          isBusy = false;
          made.removeAttribute('aria-disabled');
        });
      },
    },
    text,
  );
  let isBusy = false;
  return made;
}

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

/** Made once for a run: its buttons stay where they are while its words come. */
function startedView({ run, command }: StartedRun, go: Go) {
  const status = element('p', { role: 'status' });
  const said = element('pre', { tabindex: 0, 'aria-label': 'What the run says' });
  const cancel = button('Cancel this run', async () => void (await cancelRun()));
  const show = button('Show this run', async () => go(otherRun(run)));
  return {
    elements: [status, said, element('p', { class: 'row' }, cancel, show), ...commandText(command)],
    show({ state, exitCode, lines, isThere, isCancelled }: StartedRun): void {
      const ending = isCancelled
        ? 'cancelled; the same command goes on'
        : (endings[exitCode ?? -1] ?? `exit code ${exitCode}`);
      const how = state === 'ended' ? `ended: ${ending}` : isCancelled ? 'is being cancelled' : 'is running';
      put(status, `${run} ${how}`);
      put(said, lines.join('\n') || '…');
      cancel.hidden = state !== 'running';
      show.hidden = !isThere;
    },
  };
}

/** What says the same is left alone: a reader may have marked a part of it. */
function put(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
