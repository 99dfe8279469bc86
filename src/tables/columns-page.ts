import { type TableColumn, tableColumns } from './columns.ts';

const row = ({ name, parquet, unit, about }: TableColumn) =>
  `| \`${name}\` | ${parquet} | ${unit ?? ''} | ${about.replaceAll('|', '\\|')} |`;

/** The table of columns in `docs/data.md`, written from the schema of rows. @param counters what policies declare */
export const columnsPage = (counters: Readonly<Record<string, string>>): string =>
  ['| column | type | unit | what it is |', '| :-- | :-- | :-- | :-- |', ...tableColumns(counters).map(row)].join('\n');
