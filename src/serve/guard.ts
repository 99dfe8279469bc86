/** Who may ask: the key, and for servers without one that the request does not come from a web page. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { errorBody, invalidKey, type Refused } from '../wire/index.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

const local = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/**
 * @param key the only one that is accepted; without one any request is that names this machine by a loopback name, so
 *   that no web page can reach the server by a name of its own that leads here
 */
export function createGuard(key: string | undefined): (request: IncomingMessage) => Refused | undefined {
  const wanted = key === undefined ? undefined : digest(key);
  return ({ headers }) => {
    if (wanted) {
      const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
      // Digests have one length, so the comparison takes one time, however much of the key is right.
      return timingSafeEqual(digest(given), wanted) ? undefined : { status: 401, body: invalidKey };
    }
    if (local.test(headers.host ?? '')) return undefined;
    const words = 'this server has no key, so it answers only where it is called by a loopback name';
    return { status: 403, body: errorBody(words, 'invalid_request_error', { code: 'host_not_allowed' }) };
  };
}
