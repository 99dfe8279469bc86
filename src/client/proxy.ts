/** Which proxy a server is asked through, by the variables that curl and others read. */
import { BlockList, isIP } from 'node:net';
import { TtcError } from '../core/index.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[?::1\]?)$/;

/** Whether a host name is this machine. */
export const isLoopback = (hostname: string): boolean => loopback.test(hostname);

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

function inSubnet(address: string, subnet: string): boolean {
  const [net = '', bits = ''] = subnet.split('/');
  const kind = isIP(net);
  if (kind === 0 || isIP(address) !== kind || !/^\d+$/.test(bits) || Number(bits) > (kind === 4 ? 32 : 128))
    return false;
  const family = kind === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(net, Number(bits), family);
  return list.check(address, family);
}

/** `host`, `.domain`, `*.domain`, `host:port`, `10.0.0.0/8` and `*`. */
function isExcepted(url: URL, noProxy: string): boolean {
  const hostname = bare(url.hostname).toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      if (entry.includes('/')) return inSubnet(hostname, entry);
      const [, name = entry, ofPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      if (ofPort !== undefined && ofPort !== port) return false;
      const domain = bare(name).replace(/^\*?\./, '');
      return hostname === domain || (isIP(domain) === 0 && hostname.endsWith(`.${domain}`));
    });
}

function variableOf(url: URL, environment: Environment): readonly [name: string, value: string] | undefined {
  const ofHttp = ['http_proxy', 'HTTP_PROXY'];
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY', ...ofHttp] : ofHttp;
  const name = names.find((one) => environment[one] !== undefined);
  const value = name && environment[name]?.trim();
  return name && value ? [name, value] : undefined;
}

/**
 * The URL of the proxy for a server; undefined where it is asked directly. A server on this machine is never asked
 * through a proxy: its time would be part of every number.
 *
 * @throws TtcError E_CONNECT where the variable names no proxy that can be used
 */
export function proxyFor(origin: string, environment: Environment): string | undefined {
  const url = new URL(origin);
  const found = isLoopback(url.hostname) ? undefined : variableOf(url, environment);
  if (!found || isExcepted(url, environment.no_proxy ?? environment.NO_PROXY ?? '')) return undefined;
  const [name, value] = found;
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const help = `write it like http://HOST:PORT, or name the server in NO_PROXY: ${bare(url.hostname)}`;
  if (/^socks/i.test(whole))
    throw new TtcError('E_CONNECT', `${name} names a SOCKS proxy, and only HTTP proxies can be used`, { help });
  const proxy = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!proxy?.hostname || !/^https?:$/.test(proxy.protocol))
    throw new TtcError('E_CONNECT', `${name} is no address of a proxy`, { help });
  return whole;
}
