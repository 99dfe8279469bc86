/** A report as a table for a terminal: as many columns as the width has room for, then what a reader must know. */
import Table from 'cli-table3';
import {
  absoluteColumns,
  actionLines,
  blockLines,
  type Column,
  columnsFor,
  decisionLine,
  failureLines,
  familyTable,
  floorLine,
  groupKey,
  noiseLine,
  notesBeside,
  percentileLine,
  plainReport,
  type Report,
  type ReportCell,
  type ReportGroup,
  survivorLines,
  verdictWords,
} from '../report/index.ts';
import { noiseName } from '../rows/index.ts';

export interface TableOptions {
  /** Characters of a line. */
  width: number;
  /** Whether to write ANSI colours. */
  colour: boolean;
}

type Paint = (text: string) => string;
const ansi =
  (code: number): Paint =>
  (text) =>
    `\u001b[${code}m${text}\u001b[0m`;
const plain: Paint = (text) => text;

const gap = 2;

/** One table per benchmark, backend and model. Below 1 is faster, and every table says so. */
export function renderTerminalTable(given: Report, { width, colour }: TableOptions): string {
  const report = plainReport(given);
  const blocks = report.groups.map((group) => {
    const cells = report.cells.filter((cell) => groupKey(cell) === groupKey(group));
    const rows = cells.filter((cell) => cell.policy_name !== noiseName);
    const noise = cells.find((cell) => cell.policy_name === noiseName);
    const notes = [
      ...[percentileLine(rows), decisionLine(group, rows), noiseLine(group, noise), floorLine(group)],
      ...[
        ...actionLines(rows, report.run.pass_ms),
        ...survivorLines(rows, group),
        ...blockLines(rows),
        ...failureLines(cells),
      ],
    ].filter((line) => line !== '');
    const columns = columnsFor(group, cells);
    const shown = fitting(columns, rows, width);
    const allTimes = absoluteColumns(rows);
    const times = fitting(allTimes, rows, width);
    return [
      ...decisionLines(report, group, width),
      ...wrapped(titleOf(group), width).map(colour ? ansi(1) : plain),
      '',
      renderRows(shown, rows, colour),
      '',
      ...(times.length > 0 ? [renderRows(times, rows, colour), ''] : []),
      ...families(rows, width, colour),
      ...[...droppedLines([...columns, ...allTimes], [...shown, ...times]), ...notes]
        .flatMap((note) => wrapped(note, width))
        .map(colour ? ansi(2) : plain),
    ].join('\n');
  });
  if (blocks.length === 0) return 'No trial has finished yet.';
  const notes = [...warningLines(report), ...notesBeside(report)].flatMap((note) => wrapped(note, width));
  return [...blocks, ...(notes.length > 0 ? [notes.join('\n')] : [])].join('\n\n');
}

/** The answer first, a sentence a line. */
function decisionLines({ decisions }: Report, group: ReportGroup, width: number): string[] {
  const lines = decisions
    .filter((one) => groupKey(one) === groupKey(group))
    .flatMap(({ text }) => wrapped(text, width - 2).map((line, at) => `${at === 0 ? '- ' : '  '}${line}`));
  return lines.length > 0 ? [...lines, ''] : [];
}

const mostWarnings = 5;

function warningLines({ warnings }: Report): string[] {
  const lines = warnings.slice(0, mostWarnings).map((warning) => `warning: ${warning}`);
  const rest = warnings.length - lines.length;
  return rest === 0 ? lines : [...lines, `${rest} more ${rest === 1 ? 'warning' : 'warnings'}: see metrics_report.md`];
}

const titleOf = ({ benchmark, samples, model, backend }: ReportGroup) =>
  `${benchmark}, ${samples} samples, ${model} on ${backend}; time × against the baseline, below 1 is faster`;

/** What the width had no room for, and where it stands. */
function droppedLines(all: readonly Column[], shown: readonly Column[]): string[] {
  const titles = all.map(({ title }) => title).filter((title) => !shown.some((column) => column.title === title));
  return titles.length === 0 ? [] : [`Not in this width: ${titles.join(', ')}. metrics_report.md has every column.`];
}

/** Of the terminal; of a pipe what `COLUMNS` says. */
export const widthOfOutput = (): number => process.stdout.columns ?? (Number(process.env.COLUMNS) || 120);

/** Drops and shortens columns, the least needed first, until the table fits. */
function fitting(columns: readonly Column[], rows: readonly ReportCell[], width: number): Column[] {
  const steps = columns.flatMap(({ dropAt, shortAt }) => [dropAt ?? 0, shortAt ?? 0]);
  for (const step of [...new Set([0, ...steps])].sort((a, b) => a - b)) {
    const kept = columns
      .filter(({ dropAt }) => dropAt === undefined || dropAt > step)
      .map((column) => (column.short && (column.shortAt ?? 0) <= step ? { ...column, of: column.short } : column));
    if (widthOf(kept, rows) <= width) return kept;
  }
  return columns.filter(({ dropAt }) => dropAt === undefined).map(narrowest);
}

const unproven = `${verdictWords('not shown')}|${verdictWords('too few')}`;

/** The short form, with a long verdict in a line of its own. */
function narrowest(column: Column): Column {
  const of = column.short ?? column.of;
  return { ...column, of: (cell) => of(cell).replace(new RegExp(` (?=${unproven})`), '\n') };
}

function widthOf(columns: readonly Column[], rows: readonly ReportCell[]): number {
  const widths = columns.map(({ title, of }) =>
    Math.max(...[title, ...rows.map(of)].flatMap((text) => text.split('\n')).map((line) => line.length)),
  );
  return widths.reduce((sum, each) => sum + each, 0) + gap * (columns.length - 1);
}

const noLines = Object.fromEntries(
  ['top', 'bottom', 'left', 'right'].flatMap((side) => ['', '-mid', '-left', '-right'].map((end) => [side + end, ''])),
);

/** More rows than these would push the first table off the screen. */
const mostFamilyRows = 16;

function families(cells: readonly ReportCell[], width: number, colour: boolean): string[] {
  const table = familyTable(cells);
  if (!table) return [];
  const { head, align, rows } = table;
  const text = renderTable(head, align, rows, colour);
  const longest = Math.max(...text.split('\n').map((line) => line.replace(escapes, '').length));
  if (rows.length > mostFamilyRows || longest > width) {
    const line = `By family of samples: ${rows.length} rows, in metrics_report.md.`;
    return [...wrapped(line, width).map(colour ? ansi(2) : plain), ''];
  }
  return [text, ''];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room
const escapes = /\u001b\[\d+m/g;

function renderRows(columns: readonly Column[], rows: readonly ReportCell[], colour: boolean): string {
  return renderTable(
    columns.map(({ title }) => title),
    columns.map(({ align }) => align),
    rows.map((cell) => columns.map(({ of }) => of(cell))),
    colour,
  );
}

function renderTable(
  head: readonly string[],
  align: readonly Column['align'][],
  rows: readonly (readonly string[])[],
  colour: boolean,
): string {
  const between = ' '.repeat(gap);
  const table = new Table({
    head: head.map((title) => (colour ? ansi(2)(title) : title)),
    colAligns: [...align],
    chars: { ...noLines, middle: between, mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map((text) => (colour ? painted(text) : text))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Verdicts stand out: green and red for what was shown, grey for what was not. */
const paints: readonly [RegExp, Paint][] = [
  [/\bbetter\b/, ansi(32)],
  [/\bworse\b/, ansi(31)],
  [new RegExp(`\\b(${unproven}|did not act|not exact|unsupported)\\b`), ansi(33)],
  [/\b(equivalent|different)\b/, ansi(36)],
];

const painted: Paint = (text) => paints.reduce((painted, [word, paint]) => painted.replace(word, paint), text);

/** Lines of at most `width` characters, broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
