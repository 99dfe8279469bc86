/** A dbt project built on a connection: models in order, then the tests. */
import { TtcError } from '../core/index.ts';
import { type DuckDBConnection, queryJson } from '../tables/index.ts';
import { lintProject } from './lint.ts';
import { makeModel } from './materialise.ts';
import { type Environment, type Materialisation, planModels, relationName, selectModels } from './plan-models.ts';
import type { Project } from './project.ts';
import { renderModel } from './render-model.ts';
import { type DataTest, schemaTests } from './schema-tests.ts';

export interface BuildOptions extends Partial<Environment> {
  /** Names of models; what they read is made as well. @default all */
  select?: readonly string[];
  fullRefresh?: boolean;
  /** @default true */
  tests?: boolean;
}

export interface BuiltModel {
  name: string;
  kept: Materialisation;
  /** Null for views and for models that stand in others. */
  rows: number | null;
}

export interface TestResult {
  name: string;
  model: string;
  /** Rows that should not be there. */
  faults: number;
  severity: DataTest['severity'];
}

export interface Built {
  models: BuiltModel[];
  tests: TestResult[];
}

/** @throws E_DBT for what cannot be built here, before anything is made */
export async function buildProject(
  connection: DuckDBConnection,
  project: Project,
  { env = process.env, vars = {}, select = [], fullRefresh = false, tests = true }: BuildOptions = {},
): Promise<Built> {
  lintProject(project);
  const environment = { env, vars };
  const planned = selectModels(planModels(project, environment), select);
  const wanted = tests ? testsOf(project, environment, new Set(planned.map(({ name }) => name))) : [];
  const ephemeral = new Map<string, string>();
  const models: BuiltModel[] = [];
  for (const model of planned) {
    await makeModel(connection, model, { project, ...environment, fullRefresh, ephemeral });
    const { name, kept } = model;
    const isTable = kept === 'table' || kept === 'incremental';
    models.push({ name, kept, rows: isTable ? await count(connection, relationName(name)) : null });
  }
  const relationOf = (name: string) => (ephemeral.has(name) ? `(${ephemeral.get(name)})` : relationName(name));
  const results: TestResult[] = [];
  for (const test of wanted) {
    const faults = await count(connection, `(${test.sql(relationOf)})`, test.name);
    results.push({ name: test.name, model: test.model, faults, severity: test.severity });
  }
  return { models, tests: results };
}

/** Tests of columns and queries of the project's own that read only what is built. */
function testsOf(project: Project, environment: Environment, built: ReadonlySet<string>): DataTest[] {
  const singular = project.tests.map((file): DataTest & { refs: ReadonlySet<string> } => {
    const render = (relationOf: (model: string) => string) =>
      renderModel(file, { project, ...environment, relationOf, self: '', isIncremental: false });
    const { refs } = render(relationName);
    return { name: file.name, model: [...refs].join(', '), sql: (of) => render(of).sql, severity: 'error', refs };
  });
  return [
    ...schemaTests(project).filter(({ model }) => built.has(model)),
    ...singular.filter(({ refs }) => [...refs].every((ref) => built.has(ref))),
  ];
}

async function count(connection: DuckDBConnection, from: string, test?: string): Promise<number> {
  try {
    const [counted] = await queryJson(connection, `SELECT count(*) AS rows FROM ${from} AS counted`);
    return Number(counted?.rows);
  } catch (cause) {
    throw new TtcError('E_DBT', `${test ?? from}: ${(cause as Error).message}`, { cause });
  }
}

export const hasFaults = ({ tests }: Built): boolean =>
  tests.some(({ faults, severity }) => faults > 0 && severity === 'error');
