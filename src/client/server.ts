/** One server as the backend sees it: what it lists, what it counts, sockets opened ahead. */
import { type Message, plainText, TtcError } from '../core/index.ts';
import type { Refusal } from './adapt.ts';
import { headersFor } from './chat.ts';
import type { CountText } from './count.ts';
import type { Endpoint } from './endpoint.ts';
import { type FetchOptions, fetchAny, fetchJson } from './fetch-json.ts';
import type { Provider } from './providers.ts';
import { messageOf } from './request.ts';
import type { Scrub } from './secrets.ts';
import { type Headers, header } from './timings.ts';
import type { Transport, WireRequest } from './transport.ts';
import { isObject, numberAt } from './usage.ts';

export interface ServerOptions {
  transport: Transport;
  endpoint: Endpoint;
  apiKey: string | undefined;
  scrub: FetchOptions['scrub'];
  /** Milliseconds. */
  connectTimeout?: number;
  signal?: AbortSignal;
}

export interface ListedModel {
  id: string;
  ownedBy: string;
  contextWindow?: number;
}

export interface ModelList {
  /** Undefined where the server has no such list, or none that can be read. */
  models: ListedModel[] | undefined;
  /** Why the list could not be had; a server without one has no problem. */
  problem?: TtcError;
  /** What the headers say of the server and its version. */
  version?: string;
}

export interface Server {
  /** Errors: only those that leave no hope for a chat either (`E_CONNECT`, `E_ABORTED`). */
  models(): Promise<ModelList>;
  /** What the server says of its version; undefined where it says nothing. Never fails. */
  version(path: string, field: string): Promise<string | undefined>;
  /** A chat answer in one piece. */
  chat(body: object, onRefused?: (refusal: Refusal) => void): Promise<Record<string, unknown>>;
  tokenizer(path: string, model: string): CountText;
  /** Positions of the context by a field (`a.b`) of what is at a path; undefined where nothing is said. Never fails. */
  context(path: string, field: string): Promise<number | undefined>;
  /** Tokens of messages as a prompt, by the server's template and tokenizer; undefined where it has no route for that. */
  promptTokens(quirks: Provider, model: string): ((messages: readonly Message[]) => Promise<number>) | undefined;
  /** Opens that many sockets, so that no measured call pays for a handshake. */
  warm(sockets: number): Promise<void>;
}

/** A name that can be shown and typed: what acts on a terminal, or is a secret, is none. */
const isName = (id: unknown, scrub: Scrub): id is string =>
  typeof id === 'string' && id !== '' && id.length <= 200 && plainText(id) === id && scrub(id) === id;

function modelOf(entry: unknown, scrub: Scrub): ListedModel[] {
  if (isName(entry, scrub)) return [{ id: entry, ownedBy: '' }];
  if (!isObject(entry)) return [];
  const id = [entry.id, entry.model, entry.name].find((name) => isName(name, scrub));
  if (typeof id !== 'string') return [];
  const contextWindow =
    numberAt(entry, 'context_window', 'max_model_len', 'context_length', 'max_context_length') ??
    numberAt(entry.meta, 'n_ctx', 'n_ctx_train');
  const ownedBy = typeof entry.owned_by === 'string' ? entry.owned_by : '';
  return [{ id, ownedBy, ...(contextWindow && contextWindow > 0 ? { contextWindow } : {}) }];
}

/** A list as OpenAI writes it, a bare one, or one under another name. */
function listOf(value: unknown, scrub: Scrub): ListedModel[] | undefined {
  const fields = isObject(value) ? value : {};
  const list: unknown[] | undefined = [value, fields.data, fields.models, fields.result].find(Array.isArray);
  return list?.flatMap((entry) => modelOf(entry, scrub));
}

/** By which a server shows that it was updated: its own name, and whatever header has a version in its name. */
function versionOf(headers: Headers, scrub: Scrub): string | undefined {
  const names = Object.keys(headers).filter((name) => name === 'server' || /version/.test(name));
  const said = names.sort().map((name) => `${name}: ${header(headers, name)}`);
  return said.length > 0 ? plainText(scrub(said.join(', ')), 200) : undefined;
}

/** vLLM gives a count, llama.cpp and others the tokens. */
function countIn(answer: Record<string, unknown>): number {
  if (Array.isArray(answer.tokens)) return answer.tokens.length;
  const count = numberAt(answer, 'count', 'num_tokens', 'length');
  if (count === undefined) throw new Error('the tokenizer gave no count');
  return count;
}

/** Milliseconds for a list of models, at least: a server that has to wake up is given the time it takes to connect. */
const leastPatience = 15_000;

export function openServer({ transport, endpoint, apiKey, scrub, connectTimeout = 0, signal }: ServerOptions): Server {
  const patience = Math.max(leastPatience, connectTimeout);
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
  const said = (path: string): Promise<Record<string, unknown>> =>
    fetchJson({ method: 'GET', origin, path, headers }, { ...options, milliseconds: 3000 }).catch(() => ({}));
  return {
    async models() {
      let isLate = false;
      const onLate = () => {
        isLate = true;
      };
      try {
        const { value, headers: said } = await fetchAny(get, { ...options, onLate, milliseconds: patience });
        return { models: listOf(value, scrub), version: versionOf(said, scrub) };
      } catch (error) {
        if (!(error instanceof TtcError) || error.code === 'E_ABORTED') throw error;
        if (error.code === 'E_CONNECT' && !isLate) throw error;
        const isMissing = / answered (404|405|501):/.test(error.message);
        return { models: undefined, ...(!isMissing && { problem: error }) };
      }
    },
    async context(path, field) {
      const [outer = '', inner = ''] = field.split('.');
      const value = numberAt((await said(path))[outer], inner);
      return value !== undefined && Number.isInteger(value) && value > 0 ? value : undefined;
    },
    promptTokens({ tokenizePath, templatePath }, model) {
      if (!tokenizePath || !templatePath) return undefined;
      const count = async (body: object) => countIn(await fetchJson(post(tokenizePath, { model, ...body }), options));
      if (templatePath === 'tokenizer') return (messages) => count({ messages: messages.map(messageOf) });
      return async (messages) => {
        const { prompt } = await fetchJson(post(templatePath, { messages: messages.map(messageOf) }), options);
        return count({ content: prompt, add_special: true, parse_special: true });
      };
    },
    async version(path, field) {
      const { [field]: value } = await said(path);
      return typeof value === 'string' || typeof value === 'number' ? plainText(scrub(String(value)), 100) : undefined;
    },
    chat: (body, onRefused) =>
      fetchJson(post(`${prefix}/chat/completions${query}`, body), { ...options, onRefused, milliseconds: 60_000 }),
    tokenizer: (path, model) => async (text) =>
      countIn(await fetchJson(post(path, { model, prompt: text, content: text, add_special_tokens: false }), options)),
    async warm(sockets) {
      await Promise.all(Array.from({ length: sockets }, () => fetchAny(get, options).catch(() => undefined)));
      // The last socket is free a turn of the event loop after its answer.
      await new Promise(setImmediate);
    },
  };
}
