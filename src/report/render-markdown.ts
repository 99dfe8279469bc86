/** `metrics_report.md`: what was run, a table per group, the noise floor, failures, and what the columns mean. */
import { markdownTable } from 'markdown-table';
import { groupBy } from '../core/index.ts';
import { noiseName } from '../rows/index.ts';
import { frequentFailures } from './count-failures.ts';
import { actionLines, blockLines, floorLine, noiseLine, samplesLine, survivorLines } from './group-lines.ts';
import { groupKey, type Report, type ReportCell, type ReportGroup } from './report-types.ts';
import { type Column, columnsFor } from './table-columns.ts';

export function renderMarkdown(report: Report): string {
  const groups = report.groups.map((group) => ({
    group,
    cells: report.cells.filter((cell) => groupKey(cell) === groupKey(group)),
  }));
  const blocks = [
    '# What the policies did',
    facts(report),
    ...groups.flatMap(({ group, cells }) => renderGroup(group, cells)),
    ...failures(report),
    ...warnings(report),
    ...missing(report),
    meaning(groups.flatMap(({ group, cells }) => columnsFor(group, cells))),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function facts({ run, groups }: Report): string {
  const models = [...new Set(groups.map(({ model, backend }) => `${model} on ${backend}`))];
  const lines = [
    ['run', run.id],
    ['command', run.command && `\`${run.command}\``],
    ['version', run.version],
    ['model', models.join('; ')],
    ['samples', groups.map(({ benchmark, samples }) => `${samples} of ${benchmark}`).join('; ')],
    ['machine', run.machine],
    ['time', [run.started_at, run.ended_at].filter(Boolean).join(' to ')],
    ...(run.notes ?? []).map((note) => ['note', note]),
  ];
  return lines
    .filter(([, value]) => value)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join('\n');
}

function renderGroup(group: ReportGroup, cells: readonly ReportCell[]): string[] {
  const columns = columnsFor(group, cells);
  const rows = cells.filter((cell) => cell.policy_name !== noiseName);
  const noise = cells.find((cell) => cell.policy_name === noiseName);
  const table = [columns.map(({ title }) => title), ...rows.map((cell) => columns.map((column) => column.of(cell)))];
  return [
    `## ${group.benchmark}: ${group.model} on ${group.backend}`,
    markdownTable(
      table.map((row) => row.map(escaped)),
      { align: columns.map(({ align }) => align) },
    ),
    noiseLine(group, noise),
    floorLine(group).replace(/floor: .*$/, '**$&**'),
    [...actionLines(rows), ...survivorLines(rows, group), ...blockLines(rows)].map((line) => `- ${line}`).join('\n'),
    samplesLine(rows, noise),
  ];
}

const escaped = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function failures(report: Report): string[] {
  const rows = report.cells.flatMap(({ policy_name, benchmark, failures }) =>
    frequentFailures(failures).map(({ status, code, message, count }) => [
      policy_name,
      benchmark,
      status,
      code,
      String(count),
      message,
    ]),
  );
  if (rows.length === 0) return [];
  const header = ['policy', 'benchmark', 'status', 'code', 'trials', 'message of the first'];
  return ['## Failed and unsupported', markdownTable([header, ...rows.map((row) => row.map(escaped))])];
}

const warnings = ({ warnings }: Report) =>
  warnings.length > 0 ? ['## Warnings', warnings.map((warning) => `- ${warning}`).join('\n')] : [];

/** Metrics that no cell of the report has, by reason. */
function missing({ cells }: Report): string[] {
  const [first, ...rest] = cells;
  const everywhere = Object.entries(first?.missing ?? {}).filter(([name]) =>
    rest.every((cell) => name in cell.missing),
  );
  if (everywhere.length === 0) return [];
  const reasons = groupBy(everywhere, ([, reason]) => reason);
  const lines = [...reasons].map(([reason, metrics]) => `- ${metrics.map(([name]) => name).join(', ')}: ${reason}`);
  return ['## Metrics without a value', lines.join('\n')];
}

const statistics = [
  'Comparisons are paired by sample. The brackets hold the 95 % interval. It covers the choice of samples within this run, not the state of the machine: the noise floor shows that.',
  [
    'Verdicts:',
    '',
    '- `better`, `worse`: the interval excludes "no difference", and so does a permutation test that is corrected for the number of policies (Holm, 5 %).',
    '- `different`: shown in the same way, for a metric of which neither more nor less is better.',
    '- `equivalent`: the whole interval lies within the margin.',
    '- `no difference shown`: none of these. There may be a difference that these samples do not show.',
    '- `too few samples`: too few of them, or too few that differ, for the method.',
  ].join('\n'),
];

function meaning(columns: readonly Column[]): string {
  const unique = new Map(columns.map(({ title, about }) => [title, about]));
  const lines = [...unique].map(([title, about]) => `- ${title}: ${about}`);
  return ['## What the columns mean', '', ...lines, '', ...statistics.flatMap((line) => [line, ''])]
    .join('\n')
    .trimEnd();
}
