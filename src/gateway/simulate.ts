/** A Groq-faithful chat server with scripted latency, limits and faults, which knows when it really sent what. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hash, TtcError } from '../core/index.ts';
import { errorBody, invalidKey, modelFields, modelList, modelNotFound } from '../wire/index.ts';
import { type AccountFacts, type LimitOptions, openAccount } from './account.ts';
import type { FaultChoice } from './faults.ts';
import { listed } from './groq-wire.ts';
import { type Performance, perform } from './perform.ts';
import { createPlanner, type Plan, type PlanOptions } from './plan.ts';
import { openTruth, type Truth } from './truth.ts';

export interface SimulateOptions extends LimitOptions, Partial<PlanOptions> {
  /** @default 0: any free port */
  port?: number;
  /** @default '127.0.0.1' */
  host?: string;
  faults?: readonly FaultChoice[];
  /** JSON Lines of true times. */
  truthFile?: string;
  /** The only key that is accepted; else any is. */
  apiKey?: string;
}

export interface Simulator {
  /** Base URL for clients. */
  readonly url: string;
  /** As of now. */
  account(): AccountFacts;
  /** JSON Lines. */
  truth(): string;
  /** Other faults from now on. */
  setFaults(faults: readonly FaultChoice[]): void;
  close(): Promise<void>;
}

/** Groq's public chat models of autumn 2026. */
export const groqModels = [
  'openai/gpt-oss-20b',
  'openai/gpt-oss-120b',
  'qwen/qwen3.8-27b',
  'openai/gpt-oss-safeguard-20b',
];

const planDefaults: PlanOptions = {
  models: groqModels,
  flavour: 'groq',
  seed: 0,
  queue: 0,
  ttft: 0,
  tpot: 0,
  jitter: 0,
  reasoning: 0,
  deviation: 0,
  tools: [],
};

/** @throws `E_ARGUMENT` where the port is taken */
export async function startSimulator(options: SimulateOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', apiKey } = options;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: PlanOptions = { ...planDefaults, ...given };
  const { models, flavour } = settings;
  const account = openAccount(options);
  const planner = createPlanner(settings, account);
  planner.setFaults(options.faults ?? []);
  const truth = openTruth(options.truthFile);
  let requests = 0;

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    const received = process.hrtime.bigint();
    const time = Number(received) / 1e6;
    const sequence = requests++;
    account.arrived(time);
    const plan = planner.plan(text, sequence, time);
    const region: Record<string, string> = flavour === 'groq' ? { 'x-groq-region': 'simulated' } : {};
    const script = { ...plan.script, headers: { ...region, ...account.headers(time), ...plan.script.headers } };
    const played = await perform(script, response, received);
    account.refund(plan.refund);
    account.facts[played.ending === 'aborted' ? 'aborted' : 'finished']++;
    truth.write(truthOf(plan, played, { sequence, request: hash(text).slice(0, 16), received }));
  }

  function isAuthorized({ headers }: IncomingMessage): boolean {
    const key = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    return apiKey === undefined || key === apiKey;
  }

  function oneModel(response: ServerResponse, model: string): void {
    if (models.includes(model)) send(response, 200, modelFields(listed(model, flavour)));
    else send(response, 404, modelNotFound(model));
  }

  function route(request: IncomingMessage, response: ServerResponse): void | Promise<void> {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    if (path === '/__account') return send(response, 200, account.facts);
    if (path === '/__truth') return send(response, 200, truth.text());
    const [, api, model] = /^(?:\/openai)?\/v1\/(chat\/completions|models)(?:\/(.+))?$/.exec(path) ?? [];
    if (api === undefined)
      return send(response, 404, errorBody(`Unknown request URL: ${path}`, 'invalid_request_error'));
    if (!isAuthorized(request)) return send(response, 401, invalidKey);
    if (api === 'chat/completions') return chat(request, response);
    return model === undefined
      ? send(response, 200, modelList(models.map((id) => listed(id, flavour))))
      : oneModel(response, decodeURIComponent(model));
  }

  const server = createServer({ noDelay: true, keepAliveTimeout: 75_000 }, (request, response) => {
    Promise.resolve(route(request, response)).catch(() => response.destroy());
  });
  server.on('connection', () => account.facts.connections++);
  const port = await listen(server, options.port ?? 0, host);
  return {
    url: `http://${host}:${port}/openai/v1`,
    account: () => structuredClone(account.facts),
    truth: truth.text,
    setFaults: planner.setFaults,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await truth.close();
    },
  };
}

function send(response: ServerResponse, status: number, body: object | string): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'application/x-ndjson' : 'application/json' });
  response.end(isText ? body : `${JSON.stringify(body)}\n`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

interface Arrival {
  sequence: number;
  request: string;
  received: bigint;
}

function truthOf(plan: Plan, played: Performance, { sequence, request, received }: Arrival): Truth {
  const time = (at: bigint | undefined) => (at === undefined ? null : Number((Number(at) / 1e6).toFixed(3)));
  return {
    id: plan.id ?? null,
    sequence,
    request,
    model: plan.model,
    status: played.head === undefined ? null : plan.script.status,
    fault: plan.fault ?? null,
    received: time(received)!,
    head: time(played.head),
    first: time(played.first),
    last: time(played.last),
    done: time(played.done),
    events: played.events,
    prompt_tokens: plan.usage?.prompt ?? null,
    completion_tokens: plan.usage ? (played.ending === 'sent' ? plan.usage.completion : played.events) : null,
    ending: played.ending,
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const help = 'choose another --port, or 0 for any free one';
      reject(new TtcError('E_ARGUMENT', `cannot listen on ${host}:${port}: ${error.code}`, { help }));
    });
    // A backlog above the default of 511: a wave of first connects must not wait for SYN retries.
    server.listen({ port, host, backlog: 4096 }, () => resolve((server.address() as AddressInfo).port));
  });
}
