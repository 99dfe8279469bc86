/** A dbt project as its files say: models, macros, tests. What the in-process side cannot do is refused by `lint.ts`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { parse } from 'yaml';
import { plainText, TtcError } from '../core/index.ts';

export interface ProjectFile {
  /** Path below the project, for messages. */
  path: string;
  name: string;
  text: string;
}

export interface ModelFile extends ProjectFile {
  /** Folders below the model path: they choose settings of `dbt_project.yml`. */
  folders: readonly string[];
}

export interface Project {
  name: string;
  folder: string;
  models: readonly ModelFile[];
  macros: readonly ProjectFile[];
  /** Queries that must give no row. */
  tests: readonly ProjectFile[];
  /** Of every YAML file among the models. */
  schemas: readonly { path: string; content: Record<string, unknown> }[];
  vars: Readonly<Record<string, unknown>>;
  /** `models:` of the project file. */
  settings: Record<string, unknown>;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws E_DBT where a file cannot be read */
export function readProject(folder: string): Project {
  const file = join(folder, 'dbt_project.yml');
  if (!existsSync(file))
    throw new TtcError('E_DBT', `${folder} holds no dbt project: there is no dbt_project.yml`, {
      help: 'name another folder with --project, or leave it out for the one that comes with ttcbench',
    });
  const about = readYaml(file, 'dbt_project.yml');
  const paths = (key: string, fallback: string) => listOf(about[key] ?? [fallback]).map((path) => join(folder, path));
  const under = (key: string, fallback: string) => paths(key, fallback).flatMap((root) => filesUnder(root, folder));
  const models = paths('model-paths', 'models').flatMap((root) =>
    filesUnder(root, folder).map((found) => ({
      ...found,
      folders: relative(root, join(folder, found.path)).split(/[/\\]/).slice(0, -1),
    })),
  );
  const isSql = ({ path }: ProjectFile) => extname(path) === '.sql';
  const isYaml = ({ path }: ProjectFile) => /^\.ya?ml$/.test(extname(path));
  return {
    name: String(about.name ?? basename(folder)),
    folder,
    models: models.filter((found) => !isYaml(found)),
    macros: under('macro-paths', 'macros').filter(isSql),
    tests: under('test-paths', 'tests').filter(isSql),
    schemas: models.filter(isYaml).map(({ path }) => ({ path, content: readYaml(join(folder, path), path) })),
    vars: isMap(about.vars) ? about.vars : {},
    settings: isMap(about.models) ? about.models : {},
  };
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);

function readYaml(file: string, path: string): Record<string, unknown> {
  try {
    const content: unknown = parse(readFileSync(file, 'utf8')) ?? {};
    if (isMap(content)) return content;
  } catch (cause) {
    throw new TtcError('E_DBT', `${path}: ${plainText((cause as Error).message, 300)}`, { cause });
  }
  throw new TtcError('E_DBT', `${path} holds no map`, {
    help: 'look at a file of the project that comes with ttcbench',
  });
}

function filesUnder(root: string, folder: string): ProjectFile[] {
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({
      path: relative(folder, file),
      name: basename(file, extname(file)),
      text: readFileSync(file, 'utf8'),
    }));
}
