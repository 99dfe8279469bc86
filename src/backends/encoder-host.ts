/** Sentence vectors where the backend has no engine of ours: a process that holds an encoder and nothing else. */
import type { Backend } from '../core/index.ts';
import { createHostProxy } from '../host/proxy.ts';

/** Starts its process when it is first asked. */
export function openEncoderHost(): { encode: NonNullable<Backend['encode']> } & AsyncDisposable {
  const proxy = createHostProxy({ inBackground: true, threads: 1, prefill: 'flash' });
  return { encode: proxy.encode, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}
