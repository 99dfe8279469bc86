import { isDuration, type RunResult } from '../ttcbench/index.ts';
import { renderTerminalTable, widthOfOutput } from './report-table.ts';

/** The table (or its JSON) on standard output, then where everything lies. */
export async function printResult(result: RunResult, flags: { json?: boolean }): Promise<void> {
  const { report, doubts, status, reason, folder } = result;
  if (report && flags.json) console.log(JSON.stringify(report, null, 2));
  else if (report) {
    const width = widthOfOutput();
    console.log(renderTerminalTable(report, { width, colour: process.stdout.isTTY === true }));
  }
  // A report has them among its notes.
  if (!report) for (const doubt of doubts) console.error(`times of this run are in doubt: ${doubt}`);
  if (reason) console.error(`${isDuration(reason) ? 'Ended as asked' : 'Stopped'}: ${reason}`);
  if (status !== 'complete' && !isDuration(reason))
    console.error(`The run is not complete. The same command with --out ${quoted(folder)} goes on with it.`);
  if (report) console.error('Report: metrics_report.md');
  console.error(`Run folder: ${folder}`);
}

const quoted = (path: string) => (/^[\w@%+=:,./\\-]+$/.test(path) ? path : JSON.stringify(path));
