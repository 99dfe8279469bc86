/** Rows as tables: Parquet beside each journal, DuckDB over any number of runs, and files for other programs. */
export * from './columns.ts';
export * from './columns-page.ts';
export * from './csv.ts';
export * from './export-file.ts';
export * from './mart.ts';
export * from './open-database.ts';
export * from './publish.ts';
export * from './read-table.ts';
export * from './run-state.ts';
export * from './trials-view.ts';
export * from './write-table.ts';
export * from './xlsx.ts';
