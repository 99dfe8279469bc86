import type { RunResult } from '../ttcbench/index.ts';
import { renderTerminalTable } from './report-table.ts';

/** The table (or its JSON) on standard output, then where everything lies. */
export async function printResult(result: RunResult, flags: { json?: boolean }): Promise<void> {
  if (flags.json) console.log(JSON.stringify(result.report, null, 2));
  else {
    const width = process.stdout.columns ?? 120;
    console.log(renderTerminalTable(result.report, { width, colour: process.stdout.isTTY === true }));
  }
  for (const doubt of result.doubts) console.error(`times of this run are in doubt: ${doubt}`);
  if (result.status !== 'complete') console.error('The run is not complete. The same command goes on with it.');
  console.error(`Report: metrics_report.md\nRun folder: ${result.folder}`);
}
