/** Makes the table or view of a model on a connection, as dbt-duckdb does. */
import { plainText, TtcError } from '../core/index.ts';
import { type DuckDBConnection, literal, queryJson, quoted } from '../tables/index.ts';
import { type Environment, type PlannedModel, relationName } from './plan-models.ts';
import type { Project } from './project.ts';
import { renderModel } from './render-model.ts';

export interface MakeOptions extends Environment {
  project: Project;
  /** Incremental models begin anew. */
  fullRefresh: boolean;
  /** SQL of the ephemeral models made so far: they stand in the queries of others. */
  ephemeral: Map<string, string>;
}

/** @throws E_DBT where DuckDB refuses the query, with the model's file */
export async function makeModel(
  connection: DuckDBConnection,
  model: PlannedModel,
  options: MakeOptions,
): Promise<void> {
  const { name, file, kept, config } = model;
  const relation = relationName(name);
  const exists = await kindOf(connection, name);
  const adds = kept === 'incremental' && exists === 'table' && !options.fullRefresh;
  const relationOf = (other: string) => {
    const inner = options.ephemeral.get(other);
    return inner === undefined ? relationName(other) : `(${inner})`;
  };
  const { sql } = renderModel(file, { ...options, relationOf, self: relation, isIncremental: adds });
  const run = async (statement: string) => {
    try {
      await connection.run(statement);
    } catch (cause) {
      throw new TtcError('E_DBT', `${file.path}: ${plainText((cause as Error).message, 500)}`, { cause });
    }
  };
  if (kept === 'ephemeral') {
    options.ephemeral.set(name, sql);
    return;
  }
  if (kept === 'view') {
    if (exists === 'table') await run(`DROP TABLE ${relation}`);
    return run(`CREATE OR REPLACE VIEW ${relation} AS ${sql}`);
  }
  if (exists === 'view') await run(`DROP VIEW ${relation}`);
  if (!adds) return run(`CREATE OR REPLACE TABLE ${relation} AS ${sql}`);
  await addRows(run, relation, sql, config);
}

/** Rows with a key that comes again are replaced (`delete+insert`); without a key all are added (`append`). */
async function addRows(
  run: (statement: string) => Promise<void>,
  relation: string,
  sql: string,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  const keys = [config.unique_key ?? []].flat().map((key) => quoted(String(key)));
  const fresh = quoted('ttcbench_fresh');
  await run(`CREATE OR REPLACE TEMP TABLE ${fresh} AS ${sql}`);
  await run('BEGIN');
  try {
    if (keys.length > 0)
      await run(`DELETE FROM ${relation} WHERE (${keys.join(', ')}) IN (SELECT (${keys.join(', ')}) FROM ${fresh})`);
    await run(`INSERT INTO ${relation} BY NAME SELECT * FROM ${fresh}`);
    await run('COMMIT');
  } catch (error) {
    await run('ROLLBACK');
    throw error;
  }
  await run(`DROP TABLE ${fresh}`);
}

async function kindOf(connection: DuckDBConnection, name: string): Promise<'table' | 'view' | undefined> {
  const [found] = await queryJson(
    connection,
    `SELECT table_type FROM information_schema.tables WHERE table_catalog = current_database() AND table_schema = current_schema() AND table_name = ${literal(name)}`,
  );
  if (!found) return undefined;
  return found.table_type === 'VIEW' ? 'view' : 'table';
}
