/** A chat model behind one or several servers, as a `Generate`. */
import { type Call, type Context, type Generate, hash } from '../core/index.ts';
import { startAttempt } from './attempt.ts';
import { type CountText, estimatePrompt } from './count.ts';
import { defaultTimeouts, type Timeouts } from './deadline.ts';
import { type Endpoint, parseEndpoint, spread } from './endpoint.ts';
import { createHttpTransport } from './http.ts';
import { type Provider, providerOf } from './providers.ts';
import { chatBody } from './request.ts';
import { createScrub } from './secrets.ts';
import type { Transport } from './transport.ts';

export interface ChatOptions {
  /** Calls go to the server with the fewest in flight. */
  baseUrls: readonly string[];
  model: string;
  apiKey?: string;
  /** How the server differs. @default by the first base URL's host */
  quirks?: Provider;
  timeouts?: Partial<Timeouts>;
  /** More body fields, for example `reasoning_effort`. */
  extra?: Record<string, unknown>;
  /** @default a pool of HTTP/1.1 sockets of its own */
  transport?: Transport;
  /** Counts an answer whose server does not: its tokenizer endpoint, or a local tokenizer of the same model. */
  countText?: CountText;
}

export type ChatGenerate = Generate & {
  /** Frees what is held for the calls of a conversation. */
  endConversation(id: string): void;
};

/** Request headers in turn with their values. Identity only: compression holds events back. */
export function headersFor(endpoint: Endpoint, apiKey: string | undefined, accept: string): string[] {
  const login = endpoint.login ? `Basic ${Buffer.from(endpoint.login).toString('base64')}` : undefined;
  const authorization = apiKey ? `Bearer ${apiKey}` : login;
  const fixed = ['content-type', 'application/json', 'accept', accept, 'accept-encoding', 'identity'];
  return authorization ? [...fixed, 'authorization', authorization] : fixed;
}

/** What one attempt asks of the server, as the key its recording is filed under. */
export const callTag = (call: Call, model: string): string => hash({ call, model });

/**
 * Errors: `E_CAPABILITY` where the provider cannot express the call; else by what happened: `E_CONNECT`, `E_API_KEY`,
 * `E_MODEL`, `E_REQUEST`, `E_RATE_LIMIT`, `E_SERVER`, `E_STREAM`, `E_CALL_TIMEOUT`, `E_ABORTED`.
 */
export function createChatGenerate(options: ChatOptions): ChatGenerate {
  const endpoints = options.baseUrls.map(parseEndpoint);
  const quirks = options.quirks ?? providerOf(endpoints[0]?.hostname ?? '');
  const transport = options.transport ?? createHttpTransport();
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const scrub = createScrub([options.apiKey, ...endpoints.map((endpoint) => endpoint.login)]);
  const { take, release, forget } = spread(endpoints);
  const headers = new Map(
    endpoints.map((endpoint) => [endpoint, headersFor(endpoint, options.apiKey, 'text/event-stream')]),
  );

  function open(call: Call, context: Context) {
    const body = JSON.stringify(chatBody(call, options.model, quirks, options.extra));
    const endpoint = take(call);
    return startAttempt(
      {
        transport,
        request: {
          method: 'POST',
          origin: endpoint.origin,
          path: `${endpoint.prefix}/chat/completions${endpoint.query}`,
          headers: headers.get(endpoint)!,
          body,
          tag: () => callTag(call, options.model),
        },
        endpoint: endpoint.name,
        timeouts,
        scrub,
        requestWindow: quirks.requestWindow,
        promptEstimate: estimatePrompt(call),
        countText: options.countText,
        onSettled: () => release(endpoint),
      },
      context,
    );
  }

  const generate: Generate = (call, context) => ({ [Symbol.asyncIterator]: () => open(call, context) });
  return Object.assign(generate, { endConversation: forget });
}
