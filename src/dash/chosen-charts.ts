import type { CurveChart } from '../charts/chart-types.ts';
import type { NamedChart } from '../report/named-chart.ts';

/** Charts with the rows of the chosen policies (none chosen: all); those without such rows are left out. */
export function chosenCharts(list: readonly NamedChart[], policies: readonly string[]): NamedChart[] {
  if (policies.length === 0) return [...list];
  const isChosen = ({ name }: { name: string }) => policies.includes(name);
  return list.flatMap(({ name, chart }) => {
    if (chart.kind === 'curve') return curve(name, chart, policies);
    const key = chart.kind === 'pareto' ? 'points' : 'rows';
    const kept = (chart as unknown as Record<string, { name: string }[]>)[key]?.filter(isChosen) ?? [];
    return kept.length === 0 ? [] : [{ name, chart: { ...chart, [key]: kept } as typeof chart }];
  });
}

/** Lines of the policies, and of those whose parameter was swept: `early_exit_28[confidence_threshold=0.5]`. */
function curve(name: string, chart: CurveChart, policies: readonly string[]): NamedChart[] {
  const isChosen = (line: string) => policies.some((policy) => policy === line || policy.startsWith(`${line}[`));
  const panels = chart.panels
    .map((panel) => ({ ...panel, lines: panel.lines.filter((line) => isChosen(line.name)) }))
    .filter(({ lines }) => lines.length > 0);
  return panels.length === 0 ? [] : [{ name, chart: { ...chart, panels } }];
}
