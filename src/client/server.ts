/** One server as the backend sees it: what it lists, what it counts, sockets opened ahead. */
import { headersFor } from './chat.ts';
import type { CountText } from './count.ts';
import type { Endpoint } from './endpoint.ts';
import { type FetchOptions, fetchJson } from './fetch-json.ts';
import type { Transport, WireRequest } from './transport.ts';
import { isObject, numberAt } from './usage.ts';

export interface ServerOptions {
  transport: Transport;
  endpoint: Endpoint;
  apiKey: string | undefined;
  scrub: FetchOptions['scrub'];
  signal?: AbortSignal;
}

export interface ListedModel {
  id: string;
  ownedBy: string;
  contextWindow?: number;
}

export interface Server {
  /** Undefined where the server has no such list. Errors: as those of a chat call. */
  models(): Promise<ListedModel[] | undefined>;
  /** A chat answer in one piece. */
  chat(body: object): Promise<Record<string, unknown>>;
  tokenizer(path: string, model: string): CountText;
  /** Opens that many sockets, so that no measured call pays for a handshake. */
  warm(sockets: number): Promise<void>;
}

function modelOf(entry: unknown): ListedModel[] {
  if (!isObject(entry) || typeof entry.id !== 'string') return [];
  const contextWindow = numberAt(entry, 'context_window', 'max_model_len', 'context_length');
  return [{ id: entry.id, ownedBy: String(entry.owned_by ?? ''), ...(contextWindow ? { contextWindow } : {}) }];
}

/** vLLM gives a count, llama.cpp and others the tokens. */
function countIn(answer: Record<string, unknown>): number {
  if (Array.isArray(answer.tokens)) return answer.tokens.length;
  const count = numberAt(answer, 'count');
  if (count === undefined) throw new Error('the tokenizer gave no count');
  return count;
}

export function openServer({ transport, endpoint, apiKey, scrub, signal }: ServerOptions): Server {
  const headers = headersFor(endpoint, apiKey, 'application/json');
  const options: FetchOptions = { transport, endpoint: endpoint.name, scrub, signal };
  const { origin, prefix, query } = endpoint;
  const get: WireRequest = { method: 'GET', origin, path: `${prefix}/models${query}`, headers };
  const post = (path: string, body: object): WireRequest => ({
    method: 'POST',
    origin,
    path,
    headers,
    body: JSON.stringify(body),
  });
  return {
    async models() {
      try {
        const { data } = await fetchJson(get, options);
        return Array.isArray(data) ? data.flatMap(modelOf) : undefined;
      } catch (error) {
        if (/ answered (404|405|501):/.test((error as Error).message)) return undefined;
        throw error;
      }
    },
    chat: (body) => fetchJson(post(`${prefix}/chat/completions${query}`, body), { ...options, milliseconds: 60_000 }),
    tokenizer: (path, model) => async (text) =>
      countIn(await fetchJson(post(path, { model, prompt: text, content: text, add_special_tokens: false }), options)),
    async warm(sockets) {
      await Promise.all(Array.from({ length: sockets }, () => fetchJson(get, options).catch(() => undefined)));
      // The last socket is free a turn of the event loop after its answer.
      await new Promise(setImmediate);
    },
  };
}
