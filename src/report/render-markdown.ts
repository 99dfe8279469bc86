/** `metrics_report.md`: what was run, a table per group, the noise floor, failures, and what the columns mean. */
import { markdownTable } from 'markdown-table';
import { noiseName } from '../rows/index.ts';
import { absoluteColumns } from './absolute-columns.ts';
import { priceLine } from './action-words.ts';
import { type ChartPicture, type MarkdownPictures, noPictures, pictures } from './chart-pictures.ts';
import { frequentFailures } from './count-failures.ts';
import { notesBeside } from './decide.ts';
import { familyTable } from './families.ts';
import { actionLines, blockLines, decisionLine, floorLine, noiseLine, survivorLines } from './group-lines.ts';
import { markdownCode, markdownText } from './markdown-text.ts';
import { perCorrectColumns } from './per-correct-columns.ts';
import { percentileLine } from './percentile-text.ts';
import { plainReport } from './plain-report.ts';
import { groupKey, type Report, type ReportCell, type ReportGroup } from './report-types.ts';
import { meaningOf, missingLines, statisticsLines } from './report-words.ts';
import { type Column, columnsFor } from './table-columns.ts';

/** @param charts pictures that lie beside the file. @default none */
export function renderMarkdown(given: Report, charts: MarkdownPictures = noPictures): string {
  const report = plainReport(given);
  const groups = report.groups.map((group) => ({
    group,
    cells: report.cells.filter((cell) => groupKey(cell) === groupKey(group)),
  }));
  const blocks = [
    '# What the policies did',
    decisionSection(report),
    facts(report),
    ...pictures(charts.overall),
    ...groups.flatMap(({ group, cells }) =>
      renderGroup(group, cells, report.run.pass_ms, charts.groups.get(groupKey(group))),
    ),
    ...failures(report),
    ...warnings(report),
    ...missing(report),
    meaning(
      groups.flatMap(({ group, cells }) => [
        ...columnsFor(group, cells),
        ...absoluteColumns(cells),
        ...perCorrectColumns(cells),
      ]),
    ),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** The answer first. */
function decisionSection({ decisions, groups }: Report): string {
  const parts = groups.map((group) => {
    const lines = decisions
      .filter((one) => groupKey(one) === groupKey(group))
      .map(({ text }) => `- ${markdownText(text)}`);
    const title = groups.length > 1 && lines.length > 0 ? [`${markdownText(groupTitle(group))}:`, ''] : [];
    return [...title, ...lines].join('\n');
  });
  return parts.filter((part) => part !== '').join('\n\n');
}

const groupTitle = ({ benchmark, model, backend }: ReportGroup) => `${benchmark}: ${model} on ${backend}`;

function facts({ run, groups, decisions }: Report): string {
  const models = [...new Set(groups.map(({ model, backend }) => `${model} on ${backend}`))];
  const lines = [
    ['run', run.id],
    ['command', run.command],
    ['version', run.version],
    ['model', models.join('; ')],
    ['samples', groups.map(({ benchmark, samples }) => `${samples} of ${benchmark}`).join('; ')],
    ['machine', run.machine],
    ['time', [run.started_at, run.ended_at].filter(Boolean).join(' to ')],
    ...notesBeside({ run, decisions }).map((note) => ['note', note]),
  ];
  return lines
    .filter(([, value]) => value)
    .map(([name, value = '']) => `- ${name}: ${name === 'command' ? markdownCode(value) : markdownText(value)}`)
    .join('\n');
}

function renderGroup(
  group: ReportGroup,
  cells: readonly ReportCell[],
  prices: Report['run']['pass_ms'],
  charts: readonly ChartPicture[] = [],
): string[] {
  const columns = columnsFor(group, cells);
  const rows = cells.filter((cell) => cell.policy_name !== noiseName);
  const noise = cells.find((cell) => cell.policy_name === noiseName);
  return [
    `## ${markdownText(groupTitle(group))}`,
    tableOf(columns, rows),
    tableOf(absoluteColumns(rows), rows),
    markdownText(percentileLine(rows)),
    ...perCorrectSection(rows),
    ...familySection(rows),
    ...pictures(charts),
    markdownText(decisionLine(group, rows)),
    markdownText(noiseLine(group, noise)),
    markdownText(floorLine(group)).replace(/floor: .*$/, '**$&**'),
    [...actionLines(rows, prices), ...survivorLines(rows, group), ...blockLines(rows)]
      .map((line) => `- ${markdownText(line)}`)
      .join('\n'),
    markdownText(rows.some(({ realisation }) => realisation === 'engine') ? priceLine(prices) : ''),
  ];
}

function tableOf(columns: readonly Column[], rows: readonly ReportCell[]): string {
  if (columns.length === 0) return '';
  const table = [columns.map(({ title }) => title), ...rows.map((cell) => columns.map((column) => column.of(cell)))];
  return markdownTable(
    table.map((row) => row.map(markdownText)),
    { align: columns.map(({ align }) => align) },
  );
}

function perCorrectSection(cells: readonly ReportCell[]): string[] {
  const columns = perCorrectColumns(cells);
  return columns.length > 0 ? ['What a correct answer costs:', tableOf(columns, cells)] : [];
}

function familySection(cells: readonly ReportCell[]): string[] {
  const table = familyTable(cells);
  if (!table) return [];
  const rows = [table.head, ...table.rows].map((row) => row.map(markdownText));
  return [
    'By family of samples (exploratory: few samples each, no verdicts):',
    markdownTable(rows, { align: table.align }),
  ];
}

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
  return ['## Failed and unsupported', markdownTable([header, ...rows.map((row) => row.map(markdownText))])];
}

const warnings = ({ warnings }: Report) =>
  warnings.length > 0 ? ['## Warnings', warnings.map((warning) => `- ${markdownText(warning)}`).join('\n')] : [];

function missing(report: Report): string[] {
  const lines = missingLines(report).map((line) => `- ${markdownText(line)}`);
  return lines.length === 0 ? [] : ['## Metrics without a value', lines.join('\n')];
}

function meaning(columns: readonly Column[]): string {
  const lines = meaningOf(columns).map(([title, about]) => `- ${markdownText(title)}: ${about}`);
  const { paired, verdicts } = statisticsLines;
  return [
    ...['## What the columns mean', '', ...lines, '', paired, '', 'Verdicts:', ''],
    ...verdicts.map((line) => `- ${line}`),
  ].join('\n');
}
