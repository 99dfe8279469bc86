/** Where requests go out: a pool of sockets for each way to a server, directly or through a proxy. */
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type Environment, proxyFor } from './proxy.ts';

export interface DispatcherOptions {
  connections?: number;
  connectTimeout?: number;
  environment?: Environment;
}

/** Servers on this machine are asked directly; others as the environment says. */
export function createDispatchers(options: DispatcherOptions, onConnect: () => void) {
  const settings = {
    ...(options.connections === undefined ? {} : { connections: options.connections }),
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: { timeout: options.connectTimeout ?? 10_000 },
  };
  const environment = options.environment ?? process.env;
  const made = new Map<string, Dispatcher>();
  const byOrigin = new Map<string, { kept: Dispatcher; fresh(): Dispatcher }>();

  function dispatcher(proxy: string | undefined, isFresh: boolean): Dispatcher {
    const key = `${proxy ?? ''} ${isFresh}`;
    const known = made.get(key);
    if (known) return known;
    // Without pipelining undici gives every request a socket of its own.
    const own = isFresh ? { ...settings, pipelining: 0 } : settings;
    const one = proxy === undefined ? new Agent(own) : new ProxyAgent({ ...own, uri: proxy });
    one.on('connect', onConnect);
    made.set(key, one);
    return one;
  }

  return {
    of(origin: string) {
      let pair = byOrigin.get(origin);
      if (!pair) {
        const proxy = proxyFor(origin, environment);
        pair = { kept: dispatcher(proxy, false), fresh: () => dispatcher(proxy, true) };
        byOrigin.set(origin, pair);
      }
      return pair;
    },
    async close() {
      await Promise.all([...made.values()].map((one) => one.destroy()));
    },
  };
}
