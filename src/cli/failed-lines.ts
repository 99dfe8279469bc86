/** What to do about failed trials: play again what may go well another time, and mend what would fail again. */
import { type ErrorCode, errorHelp, failsAgain } from '../core/error.ts';
import { plainText } from '../core/plain-text.ts';
import type { ReportCell } from '../report/index.ts';

export const quoted = (path: string): string => (/^[\w@%+=:,./\\-]+$/.test(path) ? path : JSON.stringify(path));

/** @param cells those of the report. @default unknown: all failures are taken for ones that may go well another time */
export function failedLines(folder: string, cells?: readonly Pick<ReportCell, 'failures'>[]): string[] {
  const counts = new Map<string, number>();
  for (const { status, code, count } of cells?.flatMap(({ failures }) => failures) ?? [])
    if (status === 'failed') counts.set(code, (counts.get(code) ?? 0) + count);
  if (cells && counts.size === 0) return [];
  const codes = [...counts.keys()];
  const named = (some: readonly string[]) => plainText(some.map((code) => `${counts.get(code)} ${code}`).join(', '));
  const lasting = codes.filter((code) => failsAgain.has(code as ErrorCode));
  const passing = codes.filter((code) => !lasting.includes(code));
  const again = `The same command with --out ${quoted(folder)} --retry-failed plays them again.`;
  return [
    ...(passing.length > 0 || !cells ? [`Trials failed${cells ? ` (${named(passing)})` : ''}. ${again}`] : []),
    ...lasting.map(
      (code) => `Trials failed that would fail again (${named([code])}): ${errorHelp[code as ErrorCode]}.`,
    ),
  ];
}
