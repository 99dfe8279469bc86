/** How many sockets the process may have at once, and what is said where there are none left. */
import { readFileSync } from 'node:fs';
import { TtcError } from '../core/index.ts';

/** Files that the process needs besides its sockets: journals, modules, pipes. */
const otherFiles = 64;

/** Requests that may be in flight before the process runs out of files; undefined where the limit is not known. */
export function mostSockets(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? undefined : Math.max(1, Number(limit) - otherFiles);
  } catch {
    return undefined;
  }
}

/** The client's own limit: said as what it is, for the server is well. */
export const noFileLeft = (cause: unknown): TtcError =>
  new TtcError('E_CONNECT', 'no connection could be opened: this process may not open more files', {
    help: 'lower --concurrency, or raise the limit of open files (ulimit -n)',
    retry: {},
    cause,
  });
