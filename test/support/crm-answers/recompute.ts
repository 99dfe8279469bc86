/** Computes what is right for a task of crm-synth again, from its question and the records that it shows. */
import sqlite from 'node-sqlite3-wasm';
import type { CrmTask } from '../../../src/benchmarks/crm-synth/families/draw-tasks.ts';
import { schema, type TableName, tableNames } from '../../../src/benchmarks/crm-synth/org/schema.ts';
import { type Run, sqlAnswers } from './sql-answers.ts';
import { privateAnswer, textAnswers } from './text-answers.ts';

export interface Records extends Disposable {
  run: Run;
}

type Shown = Partial<Record<TableName, readonly string[]>>;

/** A database of some tables and columns; everything unless `shown` says which. */
export function loadRecords(tables: CrmTask['tables'], shown?: Shown): Records {
  const database = new sqlite.Database();
  database.exec('begin');
  for (const table of tableNames) {
    const columns = shown ? shown[table] : Object.keys(schema[table]);
    if (!columns) continue;
    const types = schema[table] as Readonly<Record<string, string>>;
    database.exec(`create table "${table}" (${columns.map((name) => `"${name}" ${types[name]}`).join(', ')})`);
    const insert = database.prepare(`insert into "${table}" values (${columns.map(() => '?').join(', ')})`);
    for (const row of tables[table]) insert.run(columns.map((name) => row[name] ?? null));
    insert.finalize();
  }
  database.exec('commit');
  return {
    run: (sql, values = {}) => {
      const used = Object.entries(values).filter(([name]) => sql.includes(`:${name}`));
      const named = Object.fromEntries(used.map(([name, value]) => [`:${name}`, value]));
      return database.all(sql, named) as ReturnType<Run>;
    },
    [Symbol.dispose]: () => database.close(),
  };
}

/** Sorted answers; `refuse` for a question that must not be answered. */
export function recompute({ family, wording }: CrmTask, run: Run): string[] {
  const text = [wording.question, ...wording.details].join(' ');
  const bySql = sqlAnswers[family.name];
  if (bySql) return bySql({ text }, run).sort();
  const byText = textAnswers[family.name];
  if (byText) return byText({ text, rules: family.rules }, run).sort();
  return [privateAnswer({ text }, run) ?? 'refuse'];
}

/** What the generator says. */
export function goldOf({ family, gold, params }: CrmTask): string[] {
  const isRefused = family.answer === 'refusal' && (params as { answer: string | null }).answer === null;
  return isRefused ? ['refuse'] : [...gold.answers].sort();
}
