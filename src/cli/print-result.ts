import { plainJson, plainText } from '../core/plain-text.ts';
import { endedAsAsked, wordsOfStop } from '../core/stop.ts';
import type { RunResult } from '../ttcbench/index.ts';
import { failedLines, quoted } from './failed-lines.ts';
import { renderTerminalTable, widthOfOutput } from './report-table.ts';

/**
 * The table (or its JSON) on standard output, then where everything lies.
 * @param again the command that goes on with a run that is not complete. @default the same one, with the run's folder
 */
export async function printResult(result: RunResult, flags: { json?: boolean }, again?: string): Promise<void> {
  const { report, doubts, status, stop, folder, unwritten, exitCode } = result;
  if (report && flags.json) console.log(plainJson(report));
  else if (report) {
    const width = widthOfOutput();
    console.log(renderTerminalTable(report, { width, colour: process.stdout.isTTY === true }));
  }
  // A report has them among its notes.
  if (!report) for (const doubt of doubts) console.error(`times of this run are in doubt: ${plainText(doubt)}`);
  if (stop) console.error(`${endedAsAsked(stop) ? 'Ended as asked' : 'Stopped'}: ${plainText(wordsOfStop(stop))}`);
  if (folder === undefined) {
    console.error(
      'Interrupted before a trial of this session. The same command starts again, or goes on with a run that it had begun.',
    );
    return;
  }
  if (status !== 'complete' && !endedAsAsked(stop))
    console.error(
      `The run is not complete. ${again ?? `The same command with --out ${quoted(folder)}`} goes on with it.`,
    );
  if (status === 'complete' && exitCode === 3)
    for (const line of failedLines(folder, report?.cells)) console.error(line);
  if (report && unwritten.length === 0) console.error('Report: metrics_report.md');
  console.error(`Run folder: ${folder}`);
}
