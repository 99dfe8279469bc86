/** The routes of the server. */
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { hash, now, plainText, version } from '../core/index.ts';
import { contentType } from '../watching/families.ts';
import { errorBody, modelFields, modelList, modelNotFound, type Refused, refuse } from '../wire/index.ts';
import { answerChat, type ChatRoom, refuseChat, sendJson } from './answer-chat.ts';
import { countPrompt } from './count-prompt.ts';
import { createGuard } from './guard.ts';
import { readBody } from './read-body.ts';
import { contextOf } from './read-request.ts';
import type { ServedModel } from './served-model.ts';

export interface AppOptions extends ChatRoom {
  key: string | undefined;
  /** Bytes. */
  mostBody: number;
  isDraining(): boolean;
  metrics(): string;
  /** Seconds since 1970. */
  started: number;
}

type Served = { Bindings: HttpBindings; Variables: { received: bigint } };

export function createApp(options: AppOptions): Hono<Served> {
  const { models, mostBody, started } = options;
  const guard = createGuard(options.key);
  const app = new Hono<Served>();
  const listed = (model: ServedModel) => {
    const context = contextOf(model, options.limits);
    return {
      ...{ id: model.name, created: started, ownedBy: 'ttcbench' },
      ...{ contextWindow: context, maxCompletionTokens: context },
      // As vLLM and llama.cpp name it.
      more: { max_model_len: context, meta: { n_ctx: context } },
    };
  };

  // Clients that keep what they learnt of a server ask again where this is another one.
  const about = { 'x-ttcbench-version': `${version} ${hash(models.map(({ identity }) => identity)).slice(0, 12)}` };

  function send({ env }: Context<Served>, answer: Parameters<typeof sendJson>[1]): Response {
    sendJson(env.outgoing, answer);
    return RESPONSE_ALREADY_SENT;
  }
  /** A refused chat request, its line in the books, and the end of its connection: its body may still be coming. */
  function refuseRequest({ env, var: { received } }: Context<Served>, refusal: Refused): Response {
    refuseChat(options, { ...refusal, headers: { connection: 'close' } }, received, env.outgoing);
    return RESPONSE_ALREADY_SENT;
  }

  app.get('/health', (c) => {
    const isDraining = options.isDraining();
    return send(c, { status: isDraining ? 503 : 200, body: { status: isDraining ? 'shutting down' : 'ok' } });
  });
  app.use(async (c, next) => {
    c.set('received', now());
    const refusal = guard(c.env.incoming);
    if (!refusal) return next();
    return c.req.method === 'POST' ? refuseRequest(c, refusal) : send(c, refusal);
  });
  app.get('/metrics', (c) => c.text(options.metrics(), 200, { 'content-type': contentType }));
  app.post(
    '/tokenize',
    bodyLimit({ maxSize: mostBody, onError: (c) => send(c as Context<Served>, tooLarge(mostBody)) }),
    async (c) => {
      const read = readBody(new Uint8Array(await c.req.arrayBuffer()));
      const counted = 'status' in read ? read : countPrompt(read.body, models, options.limits);
      return send(c, 'status' in counted ? counted : { status: 200, body: { ...counted } });
    },
  );
  for (const base of ['/v1', '/openai/v1']) {
    app.get(`${base}/models`, (c) => send(c, { status: 200, body: modelList(models.map(listed)), headers: about }));
    app.get(`${base}/models/:name{.+}`, (c) => {
      const name = c.req.param('name');
      const model = models.find((one) => one.name === name);
      if (model) return send(c, { status: 200, body: modelFields(listed(model)) });
      return send(c, { status: 404, body: modelNotFound(plainText(name, 200)) });
    });
    app.post(
      `${base}/chat/completions`,
      async (c, next) => {
        if (options.isDraining()) return refuseRequest(c, shuttingDown);
        const type = c.req.header('content-type') ?? '';
        return /^application\/json\b/i.test(type) ? next() : refuseRequest(c, noJson);
      },
      bodyLimit({ maxSize: mostBody, onError: (c) => refuseRequest(c as Context<Served>, tooLarge(mostBody)) }),
      async (c) => {
        const bytes = new Uint8Array(await c.req.arrayBuffer());
        await answerChat(options, bytes, c.var.received, c.env.outgoing);
        return RESPONSE_ALREADY_SENT;
      },
    );
    app.all(`${base}/chat/completions`, (c) => send(c, refuse('use POST', { code: 'method_not_allowed' }, 405)));
  }
  app.notFound((c) => {
    const words = `Unknown request URL: ${plainText(c.req.path, 200)}`;
    return send(c, refuse(words, { code: 'unknown_url' }, 404));
  });
  app.onError((_error, c) => send(c, { status: 500, body: errorBody('the server failed', 'server_error') }));
  return app;
}

const shuttingDown: Refused = {
  status: 503,
  body: errorBody('the server is shutting down', 'server_error', { code: 'shutting_down' }),
};
// A web page may send other types to any server without asking first.
const noJson = refuse("'content-type' : must be application/json", { code: 'unsupported_media_type' }, 415);
const tooLarge = (bytes: number) =>
  refuse(`request body is larger than ${bytes} bytes`, { code: 'request_too_large' }, 413);
