/** What the model reads at levels 3 and 4: role, rules, records, question. */
import type { CrmTask } from './families/draw-tasks.ts';
import type { AnyFamily } from './families/family.ts';
import { type Row, schema, type TableName, tableNames } from './org/schema.ts';

const roles = {
  employee: 'You work with the records of a company that sells and serves devices, and you help a colleague.',
  customer: 'You work with the records of a company that sells and serves devices, and you help one of its customers.',
} as const;

export const roleOf = ({ persona, rules }: AnyFamily): string => `${roles[persona]}\n\nRules: ${rules}`;

const cell = (value: string | number | null | undefined): string => {
  const text = String(value ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const block = (table: string, columns: readonly string[], rows: readonly Row[]): string =>
  [`# ${table}`, columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))].join(
    '\n',
  );

/** Tables as CSV with the columns that the family needs. */
export function recordsText({ family, tables }: CrmTask): string {
  return Object.entries(family.columns)
    .map(([table, columns = []]) => block(table, columns, tables[table as TableName]))
    .join('\n\n');
}

export const questionOf = ({ wording }: CrmTask): string => [wording.question, ...wording.details].join(' ');

/** One line a table. @param family all 27 tables unless given */
export function schemaText(family?: AnyFamily): string {
  const names = family ? tableNames.filter((name) => name in family.columns) : tableNames;
  const lines = names.map((name) => `"${name}" (${Object.keys(schema[name]).join(', ')})`);
  return `The database is SQLite. Its tables and columns:\n${lines.join('\n')}\nTimes look like 2021-06-07T10:50:00.000+0000 and days like 2021-06-07; both compare as text. Quote "Case" and "Order".`;
}

/**
 * About how many tokens a text has, without a tokenizer: a word has one for every six letters, a digit one, and an Id of
 * mixed characters two for three characters.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(/[A-Za-z]+(?![0-9A-Za-z])|[0-9A-Za-z]+|[^\s0-9A-Za-z]/g)) {
    if (/^[A-Za-z]+$/.test(piece)) tokens += Math.ceil(piece.length / 6);
    else tokens += /[A-Za-z]/.test(piece) ? Math.ceil((piece.length * 2) / 3) : piece.length;
  }
  return tokens;
}
