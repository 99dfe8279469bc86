/** The metric of the address, for each policy. */
import type { PageRun } from '../src/dash/page-run.ts';
import { askMetric } from './ask.ts';
import { element } from './element.ts';
import type { State } from './state.ts';
import { table } from './table.ts';

export async function metricView(
  { run }: PageRun,
  state: State,
  go: (change: Partial<State>) => void,
): Promise<HTMLElement | undefined> {
  const { expression, unit, better } = state;
  if (expression === '') return undefined;
  try {
    const page = await askMetric({ run, expression, unit, better });
    const isChosen = (policy: string) => state.policies.length === 0 || state.policies.includes(policy);
    return element(
      'section',
      { 'aria-labelledby': 'metric-title', id: 'metric' },
      element('h2', { id: 'metric-title' }, page.expression),
      ...page.tables
        .filter(({ label }) => state.benchmark === '' || label.startsWith(`${state.benchmark}:`))
        .map(({ label, columns, rows }) =>
          table({
            ...{ label: `${page.expression} on ${label}`, columns, sort: state.sort, order: state.order },
            ...{ arePolicies: true, opened: state.open },
            rows: rows
              .filter(({ policy }) => isChosen(policy))
              .map(({ policy, texts }) => ({ id: policy, texts, name: `${policy}: show its trials` })),
            onSort: (sort, order) => go({ sort: order === '' ? '' : sort, order }),
            onOpen: (open) => go({ open, trial: '' }),
          }),
        ),
      element(
        'p',
        { class: 'muted' },
        'Each trial by itself, then as any metric of the report. Its verdicts hold for this metric alone: who tries many finds one.',
      ),
    );
  } catch (error) {
    return element('p', { class: 'notice', role: 'alert' }, error instanceof Error ? error.message : String(error));
  }
}
