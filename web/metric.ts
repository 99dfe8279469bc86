/** The metric of the address, for each policy. */
import type { MetricPage } from '../src/dash/custom-metrics.ts';
import type { PageRun } from '../src/dash/page-run.ts';
import { askMetric } from './ask.ts';
import { element } from './element.ts';
import { type Draft, failureDraft } from './parts.ts';
import { type Go, isAmong, orderAmong, type State, sortedBy } from './state.ts';
import { table } from './table.ts';

export async function metricView({ run }: PageRun, state: State, go: Go): Promise<Draft | undefined> {
  const { expression, unit, better, family, policies, benchmark, backend, model, open } = state;
  if (expression === '') return undefined;
  try {
    const answer = await askMetric({ run, expression, unit, better, family });
    const { sort, order } = orderAmong(
      answer.tables.flatMap(({ columns }) => columns),
      state,
    );
    return {
      name: 'metric',
      of: [answer, policies, benchmark, backend, model, open, sort, order],
      make: () => view(answer, { ...state, sort, order }, go),
    };
  } catch (error) {
    return failureDraft('metric', error);
  }
}

function view(page: MetricPage, state: State, go: Go): HTMLElement {
  const { policies, open, sort, order } = state;
  const isChosen = (policy: string) => policies.length === 0 || policies.includes(policy);
  return element(
    'section',
    { 'aria-labelledby': 'metric-title', id: 'metric' },
    element('h2', { id: 'metric-title' }, page.expression),
    ...page.tables
      .filter((shown) => isAmong(shown, state))
      .map(({ label, columns, rows }) =>
        table({
          ...{ label: `${page.expression} on ${label}`, columns, sort, order },
          ...{ arePolicies: true, opened: open },
          rows: rows
            .filter(({ policy }) => isChosen(policy))
            .map(({ policy, texts }) => ({ id: policy, texts, name: `${policy}: show its trials` })),
          onSort: (title) => go(sortedBy(title)),
          onOpen: (open) => go({ open, trial: '' }),
        }),
      ),
    element(
      'p',
      { class: 'muted' },
      'Each trial by itself, then as any metric of the report. Its verdicts hold for this metric alone: who tries many finds one.',
    ),
  );
}
