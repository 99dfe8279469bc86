/** Tests of columns as YAML files name them, as queries that count what they find. */
import { TtcError } from '../core/index.ts';
import type { Project } from './project.ts';

export interface DataTest {
  name: string;
  /** The model whose rows it looks at. */
  model: string;
  /** Gives one row for each fault. `{relation}` of a model is what `relationOf` says. */
  sql(relationOf: (model: string) => string): string;
  /** `warn`: a fault is said, and is no failure. */
  severity: 'error' | 'warn';
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (value: unknown) => `'${String(value).replaceAll("'", "''")}'`;

interface Asked {
  model: string;
  column: string;
  args: Record<string, unknown>;
  where: string;
}

/** As dbt writes them: NULL is no fault but for `not_null`. */
const kinds: Record<string, (asked: Asked, relationOf: (model: string) => string) => string> = {
  not_null: ({ model, column, where }, of) => `SELECT * FROM ${of(model)} WHERE ${column} IS NULL${where}`,
  unique: ({ model, column, where }, of) =>
    `SELECT ${column} FROM ${of(model)} WHERE ${column} IS NOT NULL${where} GROUP BY ${column} HAVING count(*) > 1`,
  accepted_values: ({ model, column, args, where }, of) => {
    const values = list(args.values).map((value) => (args.quote === false ? String(value) : literal(value)));
    return `SELECT ${column} FROM ${of(model)} WHERE ${column} NOT IN (${values.join(', ')})${where}`;
  },
  relationships: ({ model, column, args, where }, of) => {
    const to = of(referenced(String(args.to)));
    const field = quoted(String(args.field));
    return `SELECT ${column} FROM ${of(model)} WHERE ${column} IS NOT NULL${where} AND ${column} NOT IN (SELECT ${field} FROM ${to} WHERE ${field} IS NOT NULL)`;
  },
};

export const testKinds = Object.keys(kinds);

/** The model in `ref('name')`. */
export function referenced(text: string): string {
  const found = /^\s*ref\(\s*['"]([\w.]+)['"]\s*\)\s*$/.exec(text);
  if (found) return found[1] as string;
  throw new TtcError('E_DBT', `${JSON.stringify(text)} is no ref('model')`);
}

export interface DescribedModel {
  name: string;
  description: string;
  columns: readonly { name: string; description: string }[];
}

/** What YAML files say of models. */
export function describedModels({ schemas }: Project): DescribedModel[] {
  return schemas.flatMap(({ content }) =>
    list(content.models)
      .filter(isMap)
      .map((model) => ({
        name: String(model.name),
        description: String(model.description ?? '').trim(),
        columns: list(model.columns)
          .filter(isMap)
          .map((column) => ({
            name: String(column.name),
            description: String(column.description ?? '').trim(),
          })),
      })),
  );
}

/** @throws E_DBT for a test that is not one of the four of dbt itself */
export function schemaTests({ schemas }: Project): DataTest[] {
  return schemas.flatMap(({ path, content }) =>
    list(content.models)
      .filter(isMap)
      .flatMap((model) =>
        list(model.columns)
          .filter(isMap)
          .flatMap((column) =>
            [...list(column.data_tests), ...list(column.tests)].map((test) =>
              dataTest(path, String(model.name), String(column.name), test),
            ),
          ),
      ),
  );
}

function dataTest(path: string, model: string, column: string, test: unknown): DataTest {
  const [kind, given] = isMap(test) ? (Object.entries(test)[0] ?? ['']) : [String(test), {}];
  const args = { ...(isMap(given) ? given : {}) };
  Object.assign(args, isMap(args.arguments) ? args.arguments : {});
  const config = isMap(args.config) ? args.config : args;
  const write = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!write)
    throw new TtcError('E_DBT', `${path}: the test ${JSON.stringify(kind)} of ${model}.${column} is not known here`, {
      help: `tests of columns are ${testKinds.join(', ')}; write others as a query under tests/`,
    });
  const where = config.where === undefined ? '' : ` AND (${String(config.where)})`;
  return {
    name: `${kind}_${model}_${column}`,
    model,
    sql: (relationOf) => write({ model, column: quoted(column), args, where }, relationOf),
    severity: config.severity === 'warn' ? 'warn' : 'error',
  };
}
