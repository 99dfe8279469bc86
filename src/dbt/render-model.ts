/** A model's SQL: its template rendered with the functions of dbt that work the same here. */
import { plainText, TtcError } from '../core/index.ts';
import { type Callable, createTemplate, JinjaError } from '../jinja/index.ts';
import type { Project, ProjectFile } from './project.ts';

export interface RenderContext {
  project: Project;
  env: Readonly<Record<string, string | undefined>>;
  vars: Readonly<Record<string, unknown>>;
  /** What `ref` becomes in SQL. @throws E_DBT for a model that is not there */
  relationOf(model: string): string;
  /** The model's own table. */
  self: string;
  isIncremental: boolean;
}

export interface Rendered {
  sql: string;
  /** Models it reads, as `ref` named them. */
  refs: ReadonlySet<string>;
  /** What `config(…)` said. */
  config: Readonly<Record<string, unknown>>;
}

type Args = Parameters<Callable>;

/** @throws E_DBT with the file, where the template cannot be rendered */
export function renderModel(file: ProjectFile, context: RenderContext): Rendered {
  const refs = new Set<string>();
  const config: Record<string, unknown> = {};
  const text = (value: Args[0][number] | undefined) => (typeof value === 'string' ? value : '');
  const lookUp =
    (of: Readonly<Record<string, unknown>>, what: string, help: string) =>
    ([name, fallback]: Args[0], named: Args[1]) => {
      const found = of[text(name)] ?? fallback ?? named.get('default');
      if (found === undefined)
        throw new TtcError('E_DBT', `${file.path}: ${what} ${JSON.stringify(text(name))} is not set`, { help });
      return found;
    };
  const variables = {
    ref: (args: Args[0]) => {
      const [given, model = given] = args.map(text);
      if (args.length > 1 && given !== context.project.name)
        throw new TtcError('E_DBT', `${file.path}: ref names another package: ${JSON.stringify(given)}`);
      refs.add(model as string);
      return context.relationOf(model as string);
    },
    config: (_: Args[0], named: Args[1]) => {
      for (const [key, value] of named) config[key] = value;
      return '';
    },
    var: lookUp({ ...context.project.vars, ...context.vars }, 'the variable', 'set it under vars: in dbt_project.yml'),
    env_var: lookUp(context.env, 'the environment variable', 'set it, or give env_var a default'),
    is_incremental: () => context.isIncremental,
    this: context.self,
    target: { name: 'in_process', type: 'duckdb', schema: 'main', database: 'memory' },
  };
  try {
    return { sql: templateOf(file, context.project).render(variables).trim(), refs, config };
  } catch (cause) {
    if (!(cause instanceof JinjaError)) throw cause;
    throw new TtcError('E_DBT', `${file.path}: ${plainText(cause.message, 300)}`, {
      help: `functions here are ref, config, var, env_var, this, target, is_incremental and the project's macros`,
      cause,
    });
  }
}

/** Macros of a project are known in all its files: they stand before each, and print nothing. */
function templateOf(file: ProjectFile, project: Project) {
  const macros = project.macros.map(({ text }) => text.trim()).join('');
  return createTemplate(`${macros}{# ${file.path.replaceAll('#}', '')} #}${file.text}`);
}
