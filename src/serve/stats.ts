/** Counts for `/metrics`, in Prometheus's text format 0.0.4. */
import type { Entry } from './bill.ts';
import type { Gate } from './gate.ts';

export interface Stats {
  count(entry: Entry): void;
  text(gate: Gate): string;
}

/** Upper edges in seconds. */
const edges = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const escaped = (value: string) => value.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
const labels = (pairs: Record<string, string>) =>
  `{${Object.entries(pairs)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;

function createCounter() {
  const values = new Map<string, number>();
  return {
    add(pairs: Record<string, string>, amount = 1) {
      const key = labels(pairs);
      values.set(key, (values.get(key) ?? 0) + amount);
    },
    lines: (name: string) => [...values].map(([key, value]) => `${name}${key} ${value}`),
  };
}

function createHistogram() {
  const buckets = edges.map(() => 0);
  let sum = 0;
  let count = 0;
  return {
    observe(seconds: number) {
      sum += seconds;
      count++;
      edges.forEach((edge, at) => {
        if (seconds <= edge) buckets[at] = (buckets[at] as number) + 1;
      });
    },
    lines: (name: string) => [
      ...edges.map((edge, at) => `${name}_bucket{le="${edge}"} ${buckets[at]}`),
      `${name}_bucket{le="+Inf"} ${count}`,
      `${name}_sum ${sum}`,
      `${name}_count ${count}`,
    ],
  };
}

export function createStats(): Stats {
  const requests = createCounter();
  const tokens = createCounter();
  const refused = createCounter();
  const first = createHistogram();
  const total = createHistogram();
  const started = Date.now() / 1000;
  const family = (name: string, type: string, help: string, lines: readonly string[]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...lines,
  ];

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
    text: ({ inside, slots, waiting }) =>
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
        ...family('ttcbench_answers_running', 'gauge', 'answers that run now', [
          `ttcbench_answers_running ${inside - waiting}`,
        ]),
        ...family('ttcbench_answers_waiting', 'gauge', 'answers that wait for a slot', [
          `ttcbench_answers_waiting ${waiting}`,
        ]),
        ...family('ttcbench_slots', 'gauge', 'answers that may run at a time', [`ttcbench_slots ${slots}`]),
        ...family('process_resident_memory_bytes', 'gauge', 'memory of the server process, without the engine', [
          `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
        ]),
        ...family('process_start_time_seconds', 'gauge', 'when the server started', [
          `process_start_time_seconds ${started}`,
        ]),
      ].join('\n')}\n`,
  };
}
