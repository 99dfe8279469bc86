/** Base URLs of a server, and how calls are spread over several. */
import { type Call, TtcError } from '../core/index.ts';

export interface Endpoint {
  origin: string;
  hostname: string;
  /** Path before `/chat/completions`. */
  prefix: string;
  /** Query of the base URL (`?api-version=…`), or empty. */
  query: string;
  /** `user:password` of the base URL; never shown. */
  login?: string;
  /** What records and errors call it: origin and path, nothing that could be secret. */
  name: string;
}

/** A base URL without a path gets `/v1`, where such servers listen. */
export function parseEndpoint(baseUrl: string): Endpoint {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new TtcError('E_ARGUMENT', 'the base URL is not an http or https URL', {
      help: 'write it like http://127.0.0.1:8000/v1',
    });
  const prefix = url.pathname === '/' ? '/v1' : url.pathname.replace(/\/+$/, '');
  const login = url.username ? `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` : undefined;
  return {
    origin: url.origin,
    hostname: url.hostname,
    prefix,
    query: url.search,
    login,
    name: `${url.origin}${prefix}`,
  };
}

/** The URL as files may hold it: no login, and no value of a query that could be a key. */
export function publicUrl(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) return baseUrl;
  const url = new URL(baseUrl);
  const secret = [...url.searchParams.keys()].filter((name) => /key|token|secret|sig|pass/i.test(name));
  if (!url.username && !url.password && secret.length === 0) return baseUrl;
  url.username = '';
  url.password = '';
  for (const name of secret) url.searchParams.set(name, 'x');
  return url.href;
}

export interface Spread {
  /** Takes the endpoint for a call; `release` when the call ended. */
  take(call: Call): Endpoint;
  release(endpoint: Endpoint): void;
  /** No more calls of this conversation: its next one may go anywhere. */
  forget(conversation: string): void;
}

/** Fewest calls in flight first, ties in turn; turns of a conversation stay at one server, where its cache is. */
export function spread(endpoints: readonly Endpoint[]): Spread {
  const busy = new Map(endpoints.map((endpoint) => [endpoint, 0]));
  const homes = new Map<string, Endpoint>();
  let turn = 0;

  function idlest(): Endpoint {
    const rotated = endpoints.map((_, i) => endpoints[(i + turn) % endpoints.length]!);
    turn++;
    return rotated.reduce((best, other) => (busy.get(other)! < busy.get(best)! ? other : best));
  }

  return {
    take(call) {
      const conversation = endpoints.length > 1 ? call.conversation?.id : undefined;
      const home = conversation === undefined ? undefined : homes.get(conversation);
      const endpoint = home ?? (endpoints.length === 1 ? endpoints[0]! : idlest());
      if (conversation !== undefined) homes.set(conversation, endpoint);
      busy.set(endpoint, busy.get(endpoint)! + 1);
      return endpoint;
    },
    release(endpoint) {
      busy.set(endpoint, busy.get(endpoint)! - 1);
    },
    forget: (conversation) => void homes.delete(conversation),
  };
}
