/**
 * What a project may use so that it gives the same tables here and with dbt: a part of dbt. Everything else is refused
 * by name before anything runs, so that no half of a project works in one place only.
 */
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { TtcError } from '../core/index.ts';
import type { Project, ProjectFile } from './project.ts';

/** Word in an expression or a tag → what to do without it. */
const refused: Readonly<Record<string, string>> = {
  run_query: 'a model is one query: write it as a model and use ref()',
  statement: 'a model is one query: write it as a model and use ref()',
  load_result: 'a model is one query: write it as a model and use ref()',
  adapter: 'write the SQL of DuckDB itself',
  dispatch: 'write the SQL of DuckDB itself',
  graph: 'name the model with ref()',
  modules: 'compute it in SQL',
  exceptions: 'write a test that gives a row',
  dbt_utils: 'packages are not loaded: write the SQL itself',
  dbt: 'macros of dbt are not here: write the SQL of DuckDB itself',
  snapshot: 'snapshots are not taken here: use an incremental model',
  docs: 'write the description into the YAML file',
  do: 'use {% set %}',
  call: 'call the macro in {{ }}',
  source: 'read files in a staging model with read_parquet(), as results.sql does',
  execute: 'a model is rendered once',
  builtins: 'use ref() itself',
};

const tags = /\{%-?\s*(\w+)|\{[{%]-?((?:(?!-?[}%]\}).)*)/gs;

/** @throws E_DBT with file and line */
export function lintProject(project: Project): void {
  for (const [name, help] of [
    ['packages.yml', 'packages are not loaded here'],
    ['dependencies.yml', 'packages are not loaded here'],
    ['snapshots', 'snapshots are not taken here'],
    ['seeds', 'seeds are not loaded here: read the file in a staging model'],
  ] as const)
    if (existsSync(join(project.folder, name)))
      throw new TtcError('E_DBT', `${name}: ${help}`, { help: 'run the project with dbt itself (`dbt build`)' });
  for (const file of project.models)
    if (extname(file.path) !== '.sql')
      throw new TtcError('E_DBT', `${file.path}: only models in SQL run here`, {
        help: 'run the project with dbt itself',
      });
  for (const file of [...project.models, ...project.macros, ...project.tests]) lintFile(file);
}

function lintFile({ path, text }: ProjectFile): void {
  const plain = text.replace(/\{#.*?#\}/gs, (comment) => comment.replace(/[^\n]/g, ' '));
  for (const found of plain.matchAll(tags)) {
    const inside = found[0].replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, (quote) => ' '.repeat(quote.length));
    for (const word of inside.matchAll(/(?<![.\w])[A-Za-z_]\w*/g)) {
      if (!Object.hasOwn(refused, word[0])) continue;
      const line = plain.slice(0, found.index + word.index).split('\n').length;
      throw new TtcError('E_DBT', `${path}:${line}: ${word[0]} is not available without dbt`, {
        help: refused[word[0]],
      });
    }
  }
}
