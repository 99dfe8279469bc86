/** dbt projects over the Parquet of runs, built without Python. */
export * from './build-project.ts';
export * from './describe-project.ts';
export { type Project, readProject } from './project.ts';
export { readVariables } from './read-variables.ts';
