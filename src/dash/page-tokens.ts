/**
 * What changes something asks for a token that only our own page was given: each load has one of its own. A page of
 * another origin can send a request, but cannot read ours.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.ts';

const mostKept = 1000;
/** Milliseconds. */
const lifetime = 24 * 3600_000;

export const pageTokenHeader = 'x-ttcbench-page';

export function createPageTokens() {
  const issued = new Map<string, number>();
  return {
    issue(): string {
      const token = randomBytes(24).toString('hex');
      issued.set(token, Date.now());
      const [oldest] = issued.keys();
      if (issued.size > mostKept && oldest !== undefined) issued.delete(oldest);
      return token;
    },
    /** @throws Refusal 403, 415 */
    check(headers: IncomingHttpHeaders): void {
      // `Origin` was compared with `Host` already; browsers always send it with such a request.
      if (headers.origin === undefined)
        throw new Refusal(403, 'Origin: is missing, and only the page itself may change something');
      const token = headers[pageTokenHeader];
      const at = typeof token === 'string' ? issued.get(token) : undefined;
      if (at === undefined || Date.now() - at > lifetime)
        throw new Refusal(
          403,
          `${pageTokenHeader}: this page was not given by this server, or long ago: load it again`,
        );
      if (!/^application\/json\b/.test(headers['content-type'] ?? ''))
        throw new Refusal(415, 'content-type: must be application/json');
    },
  };
}
