/** Which models there are, how each is kept, and in which order they are made. */
import { didYouMean, TtcError } from '../core/index.ts';
import { quoted } from '../tables/index.ts';
import type { ModelFile, Project } from './project.ts';
import { type RenderContext, type Rendered, renderModel } from './render-model.ts';

export const materialisations = ['view', 'table', 'incremental', 'ephemeral'] as const;
export type Materialisation = (typeof materialisations)[number];

export interface PlannedModel {
  file: ModelFile;
  name: string;
  kept: Materialisation;
  refs: ReadonlySet<string>;
  config: Readonly<Record<string, unknown>>;
}

export type Environment = Pick<RenderContext, 'env' | 'vars'>;

export const relationName = (model: string): string => quoted(model);

/** @throws E_DBT for two models of one name, an unknown one, or a circle */
export function planModels(project: Project, environment: Environment): PlannedModel[] {
  const byName = new Map<string, PlannedModel>();
  const names = project.models.map(({ name }) => name);
  const relationOf = (model: string) => {
    if (names.includes(model)) return relationName(model);
    throw new TtcError('E_DBT', `there is no model ${JSON.stringify(model)}${didYouMean(model, names)}`);
  };
  for (const file of project.models) {
    const { name } = file;
    if (byName.has(name))
      throw new TtcError('E_DBT', `two models have the name ${name}: ${byName.get(name)?.file.path} and ${file.path}`);
    const rendered = renderModel(file, {
      project,
      ...environment,
      relationOf,
      self: relationName(name),
      isIncremental: false,
    });
    byName.set(name, {
      file,
      name,
      kept: keptAs(file, project, rendered),
      refs: rendered.refs,
      config: rendered.config,
    });
  }
  return inOrder(byName);
}

/** The model's own word, else that of the deepest of its folders in `dbt_project.yml`. */
function keptAs(file: ModelFile, project: Project, { config }: Rendered): Materialisation {
  let settings: unknown = project.settings[project.name];
  let kept: unknown = 'view';
  for (const folder of ['', ...file.folders]) {
    if (folder !== '') settings = (settings as Record<string, unknown> | undefined)?.[folder];
    if (typeof settings !== 'object' || settings === null) break;
    const { materialized, '+materialized': plus = materialized } = settings as Record<string, unknown>;
    kept = plus ?? kept;
  }
  const wanted = config.materialized ?? kept;
  if (materialisations.includes(wanted as Materialisation)) return wanted as Materialisation;
  throw new TtcError('E_DBT', `${file.path}: materialized ${JSON.stringify(wanted)} is not known here`, {
    help: `known: ${materialisations.join(', ')}`,
  });
}

function inOrder(models: ReadonlyMap<string, PlannedModel>): PlannedModel[] {
  const done = new Set<string>();
  const order: PlannedModel[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return;
    if (path.includes(name))
      throw new TtcError('E_DBT', `models read each other in a circle: ${[...path, name].join(' → ')}`);
    const model = models.get(name) as PlannedModel;
    for (const ref of [...model.refs].sort()) visit(ref, [...path, name]);
    done.add(name);
    order.push(model);
  };
  for (const name of [...models.keys()].sort()) visit(name, []);
  return order;
}

/** The models of these names and all that they read. @throws E_DBT for an unknown name */
export function selectModels(planned: readonly PlannedModel[], names: readonly string[]): PlannedModel[] {
  if (names.length === 0) return [...planned];
  const byName = new Map(planned.map((model) => [model.name, model]));
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const model = byName.get(name);
    if (!model)
      throw new TtcError('E_DBT', `there is no model ${JSON.stringify(name)}${didYouMean(name, [...byName.keys()])}`);
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const ref of model.refs) want(ref);
  };
  for (const name of names) want(name);
  return planned.filter(({ name }) => wanted.has(name));
}
