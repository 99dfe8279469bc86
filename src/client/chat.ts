/** A chat model behind one or several servers, as a `Generate`. */
import { type Call, type Context, type Generate, hash, type Part, version } from '../core/index.ts';
import { type Adaptation, type Body, type Change, createAdaptation, wordsOfChange } from './adapt.ts';
import { type AttemptOptions, startAttempt } from './attempt.ts';
import { type CountText, estimatePrompt } from './count.ts';
import { defaultTimeouts, type Timeouts } from './deadline.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { createHttpTransport } from './http.ts';
import { type Provider, providerOf } from './providers.ts';
import { chatBody } from './request.ts';
import { createScrub, createWordScrub, secretsOf } from './secrets.ts';
import { spread } from './spread.ts';
import type { Transport } from './transport.ts';

export interface ChatOptions {
  /** Calls go to the server with the fewest in flight; one that fails rests for a while. */
  baseUrls: readonly string[];
  model: string;
  apiKey?: string;
  /** How the server differs. @default by the first base URL's host */
  quirks?: Provider;
  timeouts?: Partial<Timeouts>;
  /** More body fields, for example `reasoning_effort`. */
  extra?: Record<string, unknown>;
  /** Body fields that are left out: `seed`, `stream_options.include_usage`. */
  omit?: readonly string[];
  /** `cold`: no prompt is taken from the server's cache, where the server can be asked that. @default 'as-is' */
  cache?: 'cold' | 'as-is';
  /** `drop`: reasoning between tags in an answer is told apart from it. `keep`: it stays in it. @default 'drop' */
  reasoning?: 'drop' | 'keep';
  /** What the server is known to refuse; learns more. @default nothing is known */
  adaptation?: Adaptation;
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
  const agent = ['user-agent', `ttcbench/${version}`];
  const fixed = ['content-type', 'application/json', 'accept', accept, 'accept-encoding', 'identity', ...agent];
  return authorization ? [...fixed, 'authorization', authorization] : fixed;
}

/** What one attempt asks of the server, as the key its recording is filed under. */
export const callTag = (call: Call, model: string): string => hash({ call, model });

/** How often one call may be sent again because a field of it was refused. */
const mostChanges = 5;

/**
 * A field that the server refuses is dropped or renamed, and the call sent again at once: see `adapt.ts`.
 *
 * Errors: `E_CAPABILITY` where the provider cannot express the call; else by what happened: `E_CONNECT`, `E_API_KEY`,
 * `E_MODEL`, `E_REQUEST`, `E_RATE_LIMIT`, `E_SERVER`, `E_STREAM`, `E_CALL_TIMEOUT`, `E_ABORTED`.
 */
export function createChatGenerate(options: ChatOptions): ChatGenerate {
  const endpoints = options.baseUrls.map(parseEndpoint);
  const quirks = options.quirks ?? providerOf(endpoints[0]?.hostname ?? '');
  const transport = options.transport ?? createHttpTransport();
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const secrets = secretsOf(options.apiKey, endpoints);
  const scrub = createScrub(secrets);
  const clean = createWordScrub(secrets);
  const adaptation = options.adaptation ?? createAdaptation();
  const { take, release, forget } = spread(endpoints);
  const headers = new Map(
    endpoints.map((endpoint) => [endpoint, headersFor(endpoint, options.apiKey, 'text/event-stream')]),
  );
  const { reasoning = 'drop' } = options;
  const usualReader = { reasoning };

  function attemptFor(call: Call, whole: Body, changes: readonly Change[]): AttemptOptions {
    const body = adaptation.apply(whole, changes);
    const endpoint = take(call);
    return {
      transport,
      request: {
        method: 'POST',
        origin: endpoint.origin,
        path: `${endpoint.prefix}/chat/completions${endpoint.query}`,
        headers: headers.get(endpoint)!,
        body: JSON.stringify(body),
        tag: () => callTag(call, options.model),
      },
      endpoint: endpoint.name,
      timeouts,
      scrub,
      clean,
      requestWindow: quirks.requestWindow,
      promptEstimate: estimatePrompt(call),
      countText: options.countText,
      reader: call.continue && quirks.echoesPrefill ? { reasoning, echo: call.continue } : usualReader,
      adapted: changes.length > 0 ? [...adaptation.words, ...changes.map(wordsOfChange)] : adaptation.words,
      instead(refusal) {
        const more = changes.length < mostChanges ? adaptation.propose(refusal, body) : undefined;
        return more && attemptFor(call, whole, [...changes, ...more]);
      },
      onSettled(fault) {
        release(endpoint, fault);
        if (fault === false && changes.length > 0) adaptation.keep(changes);
      },
    };
  }

  function open(call: Call, context: Context): AsyncIterator<Part, undefined> {
    return startAttempt(attemptFor(call, chatBody(call, options.model, quirks, options), []), context);
  }

  const generate: Generate = (call, context) => ({ [Symbol.asyncIterator]: () => open(call, context) });
  return Object.assign(generate, { endConversation: forget });
}
