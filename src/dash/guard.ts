/** Who may look: programs and pages of this machine, or who has the token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.ts';

const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
const digest = (text: string) => createHash('sha256').update(text).digest();

export const tokenCookie = 'ttcbench_dash';

/** @param token null where the server listens to this machine only */
export function createGuard(token: string | null): (headers: IncomingHttpHeaders) => void {
  const wanted = token === null ? undefined : digest(token);
  return (headers) => {
    const host = headers.host ?? '';
    if (!wanted && !loopbackHost.test(host))
      throw new Refusal(403, 'Host names another machine than this one: a web page may be behind it (DNS rebinding)');
    // A browser names the page that asks. Ours has the name of this server.
    const { origin } = headers;
    if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
      throw new Refusal(403, 'Origin: another page may not read this server');
    if (headers['sec-fetch-site'] === 'cross-site')
      throw new Refusal(403, 'Sec-Fetch-Site: another page may not read this server');
    if (wanted && !timingSafeEqual(digest(tokenOf(headers) ?? ''), wanted))
      throw new Refusal(401, 'the token is missing or wrong: open the address that ttcbench dash printed');
  };
}

function tokenOf({ authorization, cookie = '' }: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return (
    bearer ??
    cookie
      .split(/; */)
      .find((one) => one.startsWith(`${tokenCookie}=`))
      ?.slice(tokenCookie.length + 1)
  );
}
