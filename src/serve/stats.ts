/** Counts for `/metrics`, in Prometheus's text format 0.0.4. */
import { createCounter, createHistogram, family, labels, processFamilies } from '../watching/families.ts';
import type { Entry } from './bill.ts';
import type { Gate } from './gate.ts';

export interface Stats {
  count(entry: Entry): void;
  /** @param gates by the names of their models */
  text(gates: ReadonlyMap<string, Gate>): string;
}

const gauges = (gates: ReadonlyMap<string, Gate>, name: string, of: (gate: Gate) => number) =>
  [...gates].map(([model, gate]) => `${name}${labels({ model })} ${of(gate)}`);

export function createStats(): Stats {
  const requests = createCounter();
  const tokens = createCounter();
  const refused = createCounter();
  const first = createHistogram();
  const total = createHistogram();

  return {
    count(entry) {
      const model = entry.model ?? '';
      requests.add({ model, outcome: entry.outcome });
      if (entry.outcome === 'refused') return refused.add({ status: String(entry.status), code: entry.code ?? '' });
      tokens.add({ model, kind: 'prompt' }, entry.prompt_tokens);
      tokens.add({ model, kind: 'completion' }, entry.completion_tokens);
      tokens.add({ model, kind: 'prediction_accepted' }, entry.accepted_prediction_tokens);
      tokens.add({ model, kind: 'prediction_rejected' }, entry.rejected_prediction_tokens);
      if (entry.first_ms !== null) first.observe(entry.first_ms / 1000);
      total.observe(entry.total_ms / 1000);
    },
    text: (gates) =>
      `${[
        ...family(
          'ttcbench_requests_total',
          'counter',
          'requests by model and outcome',
          requests.lines('ttcbench_requests_total'),
        ),
        ...family(
          'ttcbench_refused_total',
          'counter',
          'refused requests by status and code',
          refused.lines('ttcbench_refused_total'),
        ),
        ...family(
          'ttcbench_tokens_total',
          'counter',
          'tokens by model and kind, as the engine counts them',
          tokens.lines('ttcbench_tokens_total'),
        ),
        ...family(
          'ttcbench_first_token_seconds',
          'histogram',
          'time from a request to its first token',
          first.lines('ttcbench_first_token_seconds'),
        ),
        ...family(
          'ttcbench_request_seconds',
          'histogram',
          'time from a request to the end of its answer',
          total.lines('ttcbench_request_seconds'),
        ),
        ...family(
          'ttcbench_answers_running',
          'gauge',
          'answers that run now',
          gauges(gates, 'ttcbench_answers_running', ({ inside, waiting }) => inside - waiting),
        ),
        ...family(
          'ttcbench_answers_waiting',
          'gauge',
          'answers that wait for a slot',
          gauges(gates, 'ttcbench_answers_waiting', ({ waiting }) => waiting),
        ),
        ...family(
          'ttcbench_slots',
          'gauge',
          'answers that may run at a time',
          gauges(gates, 'ttcbench_slots', ({ slots }) => slots),
        ),
        ...processFamilies('the server process, without the engine'),
      ].join('\n')}\n`,
  };
}
