/** Counters, histograms and families of Prometheus's text format 0.0.4. */

export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Upper edges in seconds. */
const edges = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const escaped = (value: string) => value.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
export const labels = (pairs: Record<string, string>) =>
  `{${Object.entries(pairs)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;

export function createCounter() {
  const values = new Map<string, number>();
  return {
    add(pairs: Record<string, string>, amount = 1) {
      const key = labels(pairs);
      values.set(key, (values.get(key) ?? 0) + amount);
    },
    lines: (name: string) => [...values].map(([key, value]) => `${name}${key} ${value}`),
  };
}

export function createHistogram() {
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

export const family = (
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  lines: readonly string[],
) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];

const started = Date.now() / 1000;

/** What Prometheus expects of every process. */
export function processFamilies(what: string): string[] {
  const { user, system } = process.cpuUsage();
  return [
    ...family('process_cpu_seconds_total', 'counter', `CPU time of ${what}`, [
      `process_cpu_seconds_total ${(user + system) / 1e6}`,
    ]),
    ...family('process_resident_memory_bytes', 'gauge', `memory of ${what}`, [
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    ]),
    ...family('process_start_time_seconds', 'gauge', 'when the process started', [
      `process_start_time_seconds ${started}`,
    ]),
  ];
}
