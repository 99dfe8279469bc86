/** From rows to a report a person can read. */

export * from './absolute-columns.ts';
export * from './build-report.ts';
export * from './collect-rows.ts';
export * from './compare-runs.ts';
export * from './comparison-rows.ts';
export * from './decide.ts';
export * from './families.ts';
export * from './format-number.ts';
export * from './gate.ts';
export * from './group-lines.ts';
export * from './join-reports.ts';
export * from './load-curve.ts';
export * from './markdown-text.ts';
export * from './per-correct.ts';
export * from './per-correct-columns.ts';
export * from './percentile-text.ts';
export * from './plain-report.ts';
export * from './render-load-curve.ts';
export * from './render-markdown.ts';
export * from './render-run-comparison.ts';
export * from './report-types.ts';
export * from './spread.ts';
export * from './table-columns.ts';
export * from './verdict-words.ts';
