/** Base URLs of a server: what of them is sent, what is shown, what is secret. */
import { TtcError } from '../core/index.ts';

export interface Endpoint {
  origin: string;
  hostname: string;
  /** Path before `/chat/completions`. */
  prefix: string;
  /** Query of the base URL (`?api-version=…`), or empty. */
  query: string;
  /** `user:password` of the base URL; never shown. */
  login?: string;
  /** The login and values of the query, in every spelling in which a server could say them again. */
  secrets: readonly string[];
  /** What records and errors call it: origin and path, nothing that could be secret. */
  name: string;
}

/** Names of query parameters whose values are no secrets. Every other value may be one, whatever it is called. */
const harmless = /^(api-?)?version$|^(deployment|model|region|project|location|format)$/i;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Everything in a URL that could be a secret, as it is written and as it is sent. */
function secretsIn(url: URL): string[] {
  const { username, password, searchParams, search } = url;
  const values = [...searchParams].filter(([name]) => !harmless.test(name)).map(([, value]) => value);
  const written = search
    .slice(1)
    .split('&')
    .filter((pair) => !harmless.test(pair.split('=')[0] ?? ''))
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const login = username || password ? `${decode(username)}:${decode(password)}` : '';
  const ofLogin = [login, Buffer.from(login).toString('base64'), decode(password), password];
  // A user name alone is often a word of everyday; where nothing else is given it is the key.
  if (!password) ofLogin.push(decode(username), username);
  return [...new Set([...values, ...written, ...ofLogin])].filter((secret) => secret !== '');
}

/** A base URL without a path gets `/v1`, where such servers listen. */
export function parseEndpoint(baseUrl: string): Endpoint {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new TtcError('E_ARGUMENT', 'the base URL is not an http or https URL', {
      help: 'write it like http://127.0.0.1:8000/v1',
    });
  const prefix = url.pathname === '/' ? '/v1' : url.pathname.replace(/\/+$/, '');
  const login = url.username ? `${decode(url.username)}:${decode(url.password)}` : undefined;
  return {
    origin: url.origin,
    hostname: url.hostname,
    prefix,
    query: url.search,
    login,
    secrets: secretsIn(url),
    name: `${url.origin}${prefix}`,
  };
}

/** The URL as files may hold it: no login, and no value of a query that could be a key. */
export function publicUrl(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) return baseUrl;
  const url = new URL(baseUrl);
  const secret = [...url.searchParams.keys()].filter((name) => !harmless.test(name));
  if (!url.username && !url.password && !url.hash && secret.length === 0) return baseUrl;
  url.username = '';
  url.password = '';
  url.hash = '';
  for (const name of secret) url.searchParams.set(name, 'x');
  return url.href;
}
