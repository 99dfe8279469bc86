/** The navigation: a reader's order. A page that is not named here stands under the last heading. */
const order = {
  Start: ['README.md', 'docs/guide.md', 'docs/comparison.md', 'docs/errors.md'],
  'Measure and read': [
    ...[
      'docs/report.md',
      'docs/dashboard.md',
      'docs/compare.md',
      'docs/metrics.md',
      'docs/scorers.md',
      'docs/statistics.md',
    ],
    ...['docs/configuration.md', 'docs/run-folder.md', 'docs/workers.md', 'docs/watching.md'],
  ],
  'Models and servers': [
    'docs/models.md',
    'docs/engine.md',
    'docs/tokenizers.md',
    'docs/api-backends.md',
    'docs/prices.md',
    'docs/serve.md',
  ],
  Policies: [/^docs\/policies\//],
  Data: ['docs/benchmarks.md', 'docs/crm-synth.md', 'docs/data-sources.md', 'docs/data.md', 'docs/dbt.md'],
  Extend: ['docs/your-own-policy.md', 'docs/library.md', 'docs/api.md', 'docs/packaging.md'],
  Results: [/^docs\/results\//, /^perf\//],
  Project: [/./],
};

/** @param {string[]} paths @returns {[string, string[]][]} */
export function sections(paths) {
  const left = new Set(paths);
  return Object.entries(order).map(([name, wanted]) => {
    const taken = wanted.flatMap((one) =>
      [...left].filter((path) => (typeof one === 'string' ? path === one : one.test(path))),
    );
    for (const path of taken) left.delete(path);
    return [name, taken];
  });
}
