/** Metrics that are made up in the page: tried on a run, and saved by name in the file that `--metrics` takes everywhere. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { plainText } from '../core/index.ts';
import { metricColumns } from '../report/index.ts';
import { noiseName } from '../rows/index.ts';
import {
  columnsOfRun,
  reportExpression,
  savedExpressions,
  saveExpression,
  withoutVerdicts,
} from '../ttcbench/index.ts';
import type { FoundRun } from './find-runs.ts';
import type { createRunTables } from './open-run-tables.ts';
import type { PageGroup, PageTable } from './page-run.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';

/** Milliseconds for reading rows. */
const patience = 60_000;

export interface MetricPage {
  expression: string;
  /** A table for each benchmark, backend and model. */
  tables: (Pick<PageTable, 'label' | 'columns'> &
    Pick<PageGroup, 'benchmark' | 'backend' | 'model'> & { rows: { policy: string; texts: string[] }[] })[];
}

export interface MetricsPage {
  /** Names that an expression may hold. */
  columns: string[];
  saved: { name: string; expression: string; unit?: string | undefined; better?: string | undefined }[];
  /** Name of the file that they are saved in; null where none was named. */
  file: string | null;
}

type Asked = Pick<Query, 'expression' | 'unit' | 'better'>;
type Tried = Asked & Pick<Query, 'family'>;

/** @param file what `--metrics` named */
export function createCustomMetrics(tables: ReturnType<typeof createRunTables>, file: string | undefined) {
  const saved = () => (file !== undefined && existsSync(file) ? savedExpressions(file) : {});
  return {
    list: ({ folder }: FoundRun): Promise<MetricsPage> =>
      tables.use(folder, async (connection) => {
        const { columns, scores } = await columnsOfRun(connection);
        const entries = Object.entries(saved()).map(([name, { expression, unit, better }]) => ({
          ...{ name, expression: plainText(expression, 400), unit, better },
        }));
        return { columns: [...columns, ...scores], saved: entries, file: file === undefined ? null : basename(file) };
      }),

    /** @param isComplete else nothing is compared */
    try: ({ folder }: FoundRun, { family, ...options }: Tried, isComplete: boolean): Promise<MetricPage> =>
      tables.use(folder, async (connection) => {
        // The name is ours: no text of a request becomes the name of anything.
        const asked = { name: 'made_up', options, within: patience, family };
        const { report: given, metric } = await reportExpression(connection, folder, asked);
        const report = isComplete ? given : withoutVerdicts(given);
        const columns = metricColumns(metric.name, metric.unit === 'score');
        return {
          expression: options.expression,
          tables: report.groups.map(({ benchmark, backend, model }) => ({
            label: plainText(`${benchmark}: ${model} on ${backend}`, 300),
            ...{ benchmark: plainText(benchmark, 300), backend: plainText(backend, 300), model: plainText(model, 300) },
            columns: columns.map(({ title, about, align }) => ({ title, about, align })),
            rows: report.cells
              .filter((cell) => cell.benchmark === benchmark && cell.backend === backend && cell.model === model)
              .filter(({ policy_name }) => policy_name !== noiseName)
              .map((cell) => ({
                policy: plainText(cell.policy_name, 300),
                texts: columns.map((column) => plainText(column.of(cell), 300)),
              })),
          })),
        };
      }),

    async save({ name, ...options }: Asked & { name: string }): Promise<void> {
      if (file === undefined)
        throw new Refusal(409, 'nothing is saved without a file: start ttcbench dash with --metrics FILE.json');
      await saveExpression(file, name, options);
    },
  };
}
