import type { ReportCell, ReportInput } from './report-types.ts';

/** What a cell promises and does not keep, and what its process lost. */
export function cellWarnings({
  policy_name,
  benchmark,
  fidelity,
  replayed,
  metrics: { agreement },
}: ReportCell): string[] {
  const where = `${policy_name} on ${benchmark}`;
  const other = agreement ? Math.round((1 - agreement.mean) * agreement.n) : 0;
  const trials = replayed === 1 ? '1 trial was' : `${replayed} trials were`;
  return [
    ...(fidelity === 'exact' && agreement && agreement.mean < 1
      ? [
          `${where} is labelled exact, but ${Math.max(1, other)} of ${agreement.n} trials differ from the baseline's tokens`,
        ]
      : []),
    ...(replayed > 0
      ? [`${where}: ${trials} played again, alone, because the engine's process died; no times are taken from them`]
      : []),
  ];
}

/** Trials against an API are scored after the last call. */
export function unscored({ trials, run }: ReportInput): string[] {
  const count = trials.filter((trial) => trial.unscored).length;
  if (count === 0) return [];
  return [`${count} of ${trials.length} trials are not scored yet: \`ttcbench rescore ${run.id}\`, or end the run`];
}
