/** dbt projects over the Parquet of runs, built without Python. */
export * from './build-project.ts';
export * from './describe-project.ts';
export { type Project, parseVars, readProject } from './project.ts';
