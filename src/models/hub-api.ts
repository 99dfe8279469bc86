/** What the hub says about files, and its answers to requests. The token goes to the hub itself and nowhere else. */
import { TtcError } from '../core/index.ts';

export interface Hub {
  /** Without a slash at its end. */
  endpoint: string;
  /** A request to the hub that follows redirects; the token stays behind where one leads to another host. */
  request(
    url: string,
    init: { method?: string; headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response>;
}

const maxRedirects = 10;

/**
 * The hub that the environment names: `HF_ENDPOINT`, `HF_TOKEN`.
 * @throws E_ARGUMENT or E_API_KEY for a setting that cannot be used; neither repeats it
 */
export function hubOf(env: NodeJS.ProcessEnv): Hub {
  const endpoint = endpointOf(env);
  const token = tokenOf(env);
  const { origin } = new URL(endpoint);
  return {
    endpoint,
    async request(url, { method = 'GET', headers = {}, signal }) {
      let target = url;
      for (let hop = 0; hop <= maxRedirects; hop++) {
        const own = token !== undefined && new URL(target).origin === origin;
        const response = await fetch(target, {
          method,
          headers: { 'user-agent': 'ttcbench', ...headers, ...(own && { authorization: `Bearer ${token}` }) },
          redirect: 'manual',
          ...(signal && { signal }),
        });
        const location = response.headers.get('location');
        if (response.status < 300 || response.status > 399 || location === null) return response;
        // what the hub says of a large file stands in the redirect itself
        if (method === 'HEAD' && response.headers.get('x-linked-etag') !== null) return response;
        await response.body?.cancel();
        target = new URL(location, target).href;
        if (!/^https?:/.test(target)) throw new Error('was redirected to something that is no web address');
      }
      throw new Error(`was redirected more than ${maxRedirects} times`);
    },
  };
}

export function endpointOf(env: NodeJS.ProcessEnv): string {
  const given = (env.HF_ENDPOINT || 'https://huggingface.co').trim().replace(/\/+$/, '');
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new TtcError('E_ARGUMENT', 'HF_ENDPOINT is no address of a hub', {
      help: 'it looks like https://huggingface.co; a key belongs into HF_TOKEN',
    });
  return given;
}

function tokenOf(env: NodeJS.ProcessEnv): string | undefined {
  const token = env.HF_TOKEN?.trim();
  if (!token) return undefined;
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new TtcError('E_API_KEY', 'HF_TOKEN holds characters that no key has', {
      help: 'copy it from the hub again',
    });
  return token;
}

export interface HubFile {
  /** Path in the repository. */
  path: string;
  url: string;
  bytes: number;
  sha256: string;
}

type Asked = { repository: string; revision: string };

const urlOf = ({ endpoint }: Hub, { repository, revision }: Asked, path: string): string =>
  `${endpoint}/${repository}/resolve/${revision}/${path}`;

/**
 * Size and SHA-256 of a file, as the hub promises them.
 * @throws E_DOWNLOAD where the hub refuses or promises nothing, E_MODEL where it has no such file
 */
export async function askFile(hub: Hub, asked: Asked, path: string, signal: AbortSignal): Promise<HubFile> {
  const url = urlOf(hub, asked, path);
  const response = await hub.request(url, { method: 'HEAD', headers: { 'accept-encoding': 'identity' }, signal });
  if (response.status >= 400) throw refusal(response, `${asked.repository}/${path}`);
  const tag = response.headers.get('x-linked-etag') ?? response.headers.get('etag') ?? '';
  const sha256 = tag.replace(/^W\//, '').replaceAll('"', '').toLowerCase();
  const bytes = Number(response.headers.get('x-linked-size') ?? response.headers.get('content-length') ?? Number.NaN);
  if (!/^[0-9a-f]{64}$/.test(sha256) || !Number.isSafeInteger(bytes) || bytes < 1)
    throw new TtcError('E_DOWNLOAD', `${url} comes without a SHA-256 or a size, so what arrives could not be checked`, {
      help: 'download the file yourself and name its path with --model',
    });
  return { path, url, bytes, sha256 };
}

/** Paths of the GGUF files of a repository. */
export async function listFiles(hub: Hub, asked: Asked, signal: AbortSignal): Promise<string[]> {
  const paths: string[] = [];
  const first = `${hub.endpoint}/api/models/${asked.repository}/tree/${asked.revision}?recursive=true`;
  for (let url: string | undefined = first, page = 0; url !== undefined && page < 50; page++) {
    const response: Response = await hub.request(url, { signal });
    if (response.status >= 400) throw refusal(response, asked.repository);
    const entries: unknown = await response.json();
    if (!Array.isArray(entries)) throw new Error(`${first} answered with no list of files`);
    for (const entry of entries)
      if (entry?.type === 'file' && typeof entry.path === 'string' && /\.gguf$/i.test(entry.path))
        paths.push(entry.path);
    const next = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    // a next page elsewhere is none of this hub's
    url =
      next !== undefined && new URL(next, first).origin === new URL(first).origin
        ? new URL(next, first).href
        : undefined;
  }
  return paths;
}

/** The hub answers 401 for a repository that it does not have, too. */
function refusal({ status }: Response, what: string): TtcError {
  if (status === 404) return new TtcError('E_MODEL', `the hub has no ${what}`, { help: 'look at its page at the hub' });
  if (status === 401 || status === 403)
    return new TtcError('E_DOWNLOAD', `the hub gives ${what} to nobody without leave (${status})`, {
      help: 'check the name; if its page asks for consent, give it there, and put your token into HF_TOKEN',
    });
  return new TtcError('E_DOWNLOAD', `the hub answered ${status} for ${what}`, { help: 'try again later' });
}
