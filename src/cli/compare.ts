/** `ttcbench compare A B`: run folders side by side, and a gate that says no only where an interval shows it. */
import { plainJson } from '../core/index.ts';
import { isGateFailed, plainComparison, renderComparison } from '../report/index.ts';
import { compareFolders } from '../ttcbench/index.ts';
import { runFolders } from './run-folders.ts';

interface Flags {
  failIf?: string[];
  failIfUnclear?: boolean;
  policy?: string[];
  metrics?: string[];
  markdown?: boolean;
  json?: boolean;
}

/** What a gate that failed ends with: docs/errors.md. */
export const gateExitCode = 4;

export async function compare(folders: string[], flags: Flags): Promise<void> {
  const { failIf, policy: policies, metrics, failIfUnclear: isStrict = false } = flags;
  const comparison = await compareFolders(runFolders(folders), { failIf, policies, metrics });
  const failed = isGateFailed(comparison, isStrict);
  if (flags.json) console.log(plainJson({ ...comparison, failed }));
  else console.log(flags.markdown ? renderComparison(comparison, isStrict) : plainComparison(comparison, isStrict));
  if (failed) process.exitCode = gateExitCode;
}
