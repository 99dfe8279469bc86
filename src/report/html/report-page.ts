/** The contents of `metrics_report.md` and more as a page: decision, tables, charts, counters, how it came about. */

import type { ChartDocument } from '../../charts/plot-shapes.ts';
import { noiseName } from '../../rows/index.ts';
import { absoluteColumns } from '../absolute-columns.ts';
import { priceLine } from '../action-words.ts';
import type { ReportCharts } from '../charts-of-report.ts';
import { frequentFailures } from '../count-failures.ts';
import { notesBeside } from '../decide.ts';
import { familyTable } from '../families.ts';
import { actionLines, blockLines, floorLine, noiseLine, survivorLines } from '../group-lines.ts';
import { perCorrectColumns } from '../per-correct-columns.ts';
import { percentileLine } from '../percentile-text.ts';
import { plainReport } from '../plain-report.ts';
import { groupKey, type Report, type ReportCell, type ReportGroup, type ReportRun } from '../report-types.ts';
import { meaningOf, missingLines, statisticsLines } from '../report-words.ts';
import type { FactGroup, RunFact } from '../run-fact.ts';
import { type Column, columnsFor } from '../table-columns.ts';
import { chartFigures } from './chart-figures.ts';
import { decisionSentences } from './decision-block.ts';
import { htmlTable } from './html-table.ts';
import { htmlText } from './html-text.ts';
import { definitions, list, paragraphs, renderPage, section } from './render-html.ts';

export interface ReportPage {
  report: Report;
  charts: ReportCharts;
  /** Means of counters a trial, as a table a group. */
  counters: readonly CounterTable[];
  /** How the report came about. */
  facts: readonly FactGroup[];
  /** In Node linkedom's. */
  document: ChartDocument;
}

export interface CounterTable {
  /** Key of its group. */
  group: string;
  policies: readonly string[];
  /** A counter, then a text a policy. */
  rows: readonly (readonly string[])[];
}

export function reportPage({ report: given, charts, counters, facts, document }: ReportPage): string {
  const report = plainReport(given);
  const groups = report.groups.map((group, i) => ({
    ...{ group, id: `group-${i + 1}` },
    cells: report.cells.filter((cell) => groupKey(cell) === groupKey(group)),
  }));
  const columns = groups.flatMap(({ group, cells }) => [
    ...columnsFor(group, cells),
    ...absoluteColumns(cells),
    ...perCorrectColumns(cells),
  ]);
  return renderPage({
    title: 'What the policies did',
    parts: [
      summary(report),
      decisions(report, groups),
      ...(groups.length > 1 ? [links(groups), chartFigures(charts.overall, document)] : []),
      ...groups.map(({ group, cells, id }) =>
        section(titleOf(group), id, [
          ...tables(group, cells),
          chartFigures(charts.groups.get(groupKey(group)) ?? [], document),
          ...lines(group, cells, report.run.pass_ms),
          families(group, cells),
          counterTable(counters.find((one) => one.group === groupKey(group))),
        ]),
      ),
      section('Failed and unsupported', 'failures', [failures(report)]),
      section('Warnings', 'warnings', [list(report.warnings)]),
      section('Metrics without a value', 'missing', [list(missingLines(report))]),
      section('How this came about', 'run', [
        definitions(factsOf(report)),
        ...facts.map(({ title, facts }) =>
          facts.length === 0 ? '' : `<h3>${htmlText(title)}</h3>\n${definitions(facts)}`,
        ),
      ]),
      section('What the columns mean', 'columns', [ownWords(meaningOf(columns)), ...statistics()]),
    ],
  });
}

interface OpenGroup {
  group: ReportGroup;
  id: string;
  cells: readonly ReportCell[];
}

const titleOf = ({ benchmark, model, backend }: ReportGroup) => `${benchmark}: ${model} on ${backend}`;

function summary({ groups, run, decisions }: Report): string {
  const models = [...new Set(groups.map(({ model, backend }) => `${model} on ${backend}`))].join('; ');
  const samples = groups.map(({ benchmark, samples }) => `${samples} samples of ${benchmark}`).join(', ');
  return [
    `<p class="muted">${htmlText([models, samples, run.machine].filter(Boolean).join(' · '))}</p>`,
    list(notesBeside({ run, decisions })),
  ].join('\n');
}

function decisions(report: Report, groups: readonly OpenGroup[]): string {
  const blocks = groups.flatMap(({ group, cells }) => {
    const sentences = paragraphs(decisionSentences(report, group, cells.filter(isRow)));
    return sentences === '' ? [] : [groups.length > 1 ? `<h3>${htmlText(titleOf(group))}</h3>${sentences}` : sentences];
  });
  return blocks.length === 0 ? '' : `<section class="decision"><h2>Decision</h2>${blocks.join('\n')}</section>`;
}

const links = (groups: readonly OpenGroup[]) =>
  `<nav aria-label="Groups">${groups.map(({ group, id }) => `<a href="#${id}">${htmlText(titleOf(group))}</a>`).join('')}</nav>`;

const isRow = ({ policy_name }: ReportCell) => policy_name !== noiseName;

function tables(group: ReportGroup, cells: readonly ReportCell[]): string[] {
  const rows = cells.filter(isRow);
  return [
    columnTable(`Policies on ${group.benchmark}`, columnsFor(group, cells), rows, true),
    columnTable(`Times and memory on ${group.benchmark}`, absoluteColumns(rows), rows),
    paragraphs([percentileLine(rows)]),
    columnTable(`Cost of a correct answer on ${group.benchmark}`, perCorrectColumns(rows), rows),
  ];
}

function families({ benchmark }: ReportGroup, cells: readonly ReportCell[]): string {
  const table = familyTable(cells.filter(isRow));
  if (!table) return '';
  const shown = htmlTable({ ...table, label: `Families of ${benchmark}`, policies: 1, sortable: true, filter: true });
  return `<h3>By family of samples</h3><p class="muted">Exploratory: few samples each, no verdicts.</p>\n${shown}`;
}

function columnTable(label: string, columns: readonly Column[], cells: readonly ReportCell[], filter = false): string {
  if (columns.length === 0) return '';
  return htmlTable({
    ...{ label, policies: 0, sortable: true, filter },
    head: columns.map(({ title }) => title),
    align: columns.map(({ align }) => align),
    rows: cells.map((cell) => columns.map((column) => column.of(cell))),
  });
}

function lines(group: ReportGroup, cells: readonly ReportCell[], prices: ReportRun['pass_ms']): string[] {
  const rows = cells.filter(isRow);
  const noise = cells.find((cell) => !isRow(cell));
  return [
    paragraphs([noiseLine(group, noise), floorLine(group)]),
    list([...actionLines(rows, prices), ...survivorLines(rows, group), ...blockLines(rows)]),
    paragraphs([priceLine(prices)]),
  ];
}

function counterTable(table: CounterTable | undefined): string {
  if (!table || table.rows.length === 0) return '';
  const head = ['counter', ...table.policies];
  const rest = {
    head,
    align: head.map((_, at) => (at === 0 ? ('left' as const) : ('right' as const))),
    rows: table.rows,
  };
  return `<h3>Counters</h3><p class="muted">Mean of each counter over the trials that ended well.</p>\n${htmlTable({ ...rest, label: 'Counters', sortable: true, filter: true })}`;
}

function failures({ cells }: Report): string {
  const rows = cells.flatMap(({ policy_name, benchmark, failures }) =>
    frequentFailures(failures).map(({ status, code, message, count }) => [
      ...[policy_name, benchmark, status, code, String(count), message],
    ]),
  );
  if (rows.length === 0) return '';
  return htmlTable({
    ...{ label: 'Failed and unsupported trials', rows, policies: 0, messages: 5 },
    head: ['policy', 'benchmark', 'status', 'code', 'trials', 'message of the first'],
    align: ['left', 'left', 'left', 'left', 'right', 'left'],
  });
}

function factsOf({ run }: Report): RunFact[] {
  const time = [run.started_at, run.ended_at].filter(Boolean).join(' to ');
  return [
    { name: 'run', value: run.id },
    { name: 'command', value: run.command ?? '', isCode: true },
    { name: 'version', value: run.version ?? '' },
    { name: 'machine', value: run.machine ?? '' },
    { name: 'time', value: time },
  ].filter(({ value }) => value !== '');
}

function statistics(): string[] {
  const { paired, verdicts } = statisticsLines;
  return [
    paragraphs([paired]),
    `<p>Verdicts:</p><ul>${verdicts.map((line) => `<li>${withCode(line)}</li>`).join('')}</ul>`,
  ];
}

/** Of our own sentences only: a text from outside has no say in markup. */
const withCode = (text: string) => htmlText(text).replace(/`([^`]+)`/g, '<code>$1</code>');

const ownWords = (lines: readonly (readonly [title: string, about: string])[]) =>
  `<ul>${lines.map(([title, about]) => `<li><b>${htmlText(title)}</b>: ${withCode(about)}</li>`).join('\n')}</ul>`;
