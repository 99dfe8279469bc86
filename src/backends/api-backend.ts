/** What all API backends share: the server is found, asked what it can, and called. */
import { setMaxListeners } from 'node:events';
import {
  type ChatGenerate,
  createChatGenerate,
  createHttpTransport,
  createScrub,
  type Endpoint,
  findApiKey,
  keyRefused,
  keyVariable,
  openCassetteFile,
  openServer,
  type ProbedCapability,
  type Probes,
  type Provider,
  parseEndpoint,
  priceOf,
  probe,
  probed,
  providerOf,
  readProbes,
  recordingTransport,
  type Server,
  type Timeouts,
  type Transport,
  type TransportStats,
  writeProbes,
} from '../client/index.ts';
import { type Backend, type Capability, type Generate, type Prices, TtcError } from '../core/index.ts';
import { type Found, findModel, type ModelProfile } from './find-model.ts';

export interface ApiOptions {
  /** `null`: the backend's default, or the only one that the server has. */
  model: string | null;
  /** Calls are spread over them. Empty: the provider's own. */
  baseUrls: readonly string[];
  /** Variable that holds the key. `null`: the usual one. */
  apiKeyEnv: string | null;
  /** @default process.env */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds. */
  timeouts?: Partial<Timeouts>;
  /** `reasoning_effort` of reasoning models. */
  reasoningEffort?: string;
  /** More fields of every request's body. */
  extra?: Record<string, unknown>;
  /** A cheaper model of the same server, for policies that draft with one. */
  fastModel?: string;
  /** Where probed capabilities are kept. Absent: they are probed at every start. */
  cacheFolder?: string;
  /** File that gets a recording of every answer, without keys and personal headers. One of the same identity goes on. */
  record?: string;
  signal?: AbortSignal;
  /** For tests and replay. @default HTTP/1.1 */
  transport?: Transport;
}

export interface ApiBackend extends Backend {
  /** Another model of the same server, for drafts. */
  another(model: string): Generate;
  readonly fastModel: string | undefined;
  /** Undefined where no price is known. */
  readonly prices: Prices | undefined;
  /** Opens so many sockets ahead. */
  warm(sockets: number): Promise<void>;
  connections(): TransportStats;
}

/** What makes one API backend differ from another. */
export interface ApiProfile extends ModelProfile {
  name: string;
  /** Used where no base URL is given. */
  baseUrl?: string;
  keyVariable: string;
  quirks?: Provider;
  fastModel?(ids: readonly string[], model: string): string | undefined;
  /** Body fields that a model needs to behave the same tomorrow. */
  extraFor?(model: string): Record<string, unknown>;
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export async function openApiBackend(options: ApiOptions, profile: ApiProfile): Promise<ApiBackend> {
  const endpoints = endpointsOf(options, profile);
  const hostname = endpoints[0]!.hostname;
  const known = profile.quirks ?? providerOf(hostname);
  const variables = { provider: known, variable: options.apiKeyEnv, usual: profile.keyVariable };
  const apiKey = findApiKey({
    ...variables,
    environment: options.environment ?? process.env,
    required: known.keyEnv !== undefined && !loopback.test(hostname),
  });
  const secrets = [apiKey, ...endpoints.map((endpoint) => endpoint.login)];
  const scrub = createScrub(secrets);
  const http = options.transport ?? createHttpTransport({ connectTimeout: options.timeouts?.connect });
  const signal = options.signal ?? new AbortController().signal;
  // Sockets that are opened ahead all listen to it.
  setMaxListeners(0, signal);
  const servers = endpoints.map((endpoint) => openServer({ transport: http, endpoint, apiKey, scrub, signal }));
  try {
    const found = await findModel(servers, options.model, profile, endpoints);
    const quirks = profile.quirks ?? providerOf(hostname, found.owners);
    const opening = { options, profile, endpoints, apiKey, secrets, http, servers, found, quirks, signal };
    return await assemble(opening);
  } catch (error) {
    await http.close();
    if (!(error instanceof TtcError) || error.code !== 'E_API_KEY') throw error;
    throw keyRefused(error, { name: keyVariable(variables), key: apiKey, login: endpoints[0]!.login });
  }
}

function endpointsOf({ baseUrls }: ApiOptions, profile: ApiProfile): Endpoint[] {
  const urls = baseUrls.length > 0 ? baseUrls : [profile.baseUrl ?? ''];
  return urls.map(parseEndpoint);
}

interface Opening {
  options: ApiOptions;
  profile: ApiProfile;
  endpoints: readonly Endpoint[];
  apiKey: string | undefined;
  secrets: readonly (string | undefined)[];
  http: Transport;
  servers: readonly Server[];
  found: Found;
  quirks: Provider;
  signal: AbortSignal;
}

async function assemble(opening: Opening): Promise<ApiBackend> {
  const { options, profile, endpoints, http, servers, found, quirks } = opening;
  const { model } = found;
  const source = (name: string, transport: Transport, differing = quirks): ChatGenerate => {
    const countText =
      quirks.tokenizePath && !capabilities.has('usage') ? servers[0]!.tokenizer(quirks.tokenizePath, name) : undefined;
    return createChatGenerate({
      baseUrls: options.baseUrls.length > 0 ? options.baseUrls : [profile.baseUrl ?? ''],
      model: name,
      apiKey: opening.apiKey,
      quirks: differing,
      timeouts: options.timeouts,
      extra: extraFor(opening, name),
      transport,
      countText,
    });
  };
  const capabilities = new Set<Capability>();
  const probes = await probesOf(opening, (differing) => source(model, http, differing));
  for (const name of probed) if (probes[name].supported) capabilities.add(name);
  const fastModel = options.fastModel ?? profile.fastModel?.(found.ids ?? [], model);
  if (fastModel !== undefined) capabilities.add('fast-model');
  if (quirks.tools !== 'none') capabilities.add('tools');
  const final = withProbed(quirks, probes);
  const identity = identityOf(opening);
  const { transport, close } = recorderOf(opening, identity, capabilities);
  const price = priceOf(quirks.name, model);
  const chats = [source(model, transport, final)];
  return {
    name: profile.name,
    kind: 'api',
    model,
    identity,
    capabilities,
    generate: chats[0]!,
    another(name) {
      const chat = source(name, transport, final);
      chats.push(chat);
      return chat;
    },
    endConversation(id) {
      for (const chat of chats) chat.endConversation(id);
    },
    fastModel,
    prices: price,
    async facts() {
      const { provider: _, model: __, ...known } = price ?? { provider: '', model: '' };
      return {
        provider: quirks.name,
        endpoints: endpoints.map(({ name }) => name),
        capabilities: probes,
        ...(fastModel === undefined ? {} : { fast_model: fastModel }),
        ...(price ? { prices: known } : {}),
      };
    },
    async warm(sockets) {
      const each = Math.ceil(sockets / servers.length);
      await Promise.all(servers.map((server) => server.warm(each)));
    },
    connections: () => http.stats(),
    async [Symbol.asyncDispose]() {
      await http.close();
      close();
    },
  };
}

function extraFor({ options, profile }: Opening, model: string): Record<string, unknown> {
  const effort = options.reasoningEffort === undefined ? {} : { reasoning_effort: options.reasoningEffort };
  return { ...profile.extraFor?.(model), ...effort, ...options.extra };
}

/** Everything that can change an answer, as far as a client can know it. */
function identityOf(opening: Opening): string {
  const { profile, endpoints, quirks, found } = opening;
  const extra = extraFor(opening, found.model);
  const said = Object.keys(extra).length > 0 ? ` ${JSON.stringify(extra)}` : '';
  return `${profile.name} ${endpoints.map(({ name }) => name).join(' ')} ${quirks.name} ${found.model}${said}`;
}

async function probesOf(opening: Opening, open: (quirks: Provider) => Generate): Promise<Probes> {
  const { options, endpoints, servers, found, quirks, signal } = opening;
  const { model } = found;
  const extra = extraFor(opening, model);
  const about = { endpoints: endpoints.map(({ name }) => name), model, extra, provider: quirks.name };
  const folder = options.cacheFolder;
  const stored = folder === undefined ? undefined : await readProbes(folder, about);
  if (stored) return stored;
  const probes = await probe({ open, quirks, chat: servers[0]!.chat, model, extra, signal });
  if (folder !== undefined) await writeProbes(folder, about, probes);
  return probes;
}

/** What was probed overrules the table. */
function withProbed(quirks: Provider, probes: Probes): Provider {
  const can = (name: ProbedCapability, otherwise: boolean) => probes[name].supported ?? otherwise;
  const prefill = quirks.prefill === 'none' ? 'append' : quirks.prefill;
  const logprobs = quirks.logprobs === 'none' ? 'openai' : quirks.logprobs;
  return {
    ...quirks,
    prefill: can('prefill', quirks.prefill !== 'none') ? prefill : 'none',
    logprobs: can('logprobs', quirks.logprobs !== 'none') ? logprobs : 'none',
  };
}

interface Recorder {
  transport: Transport;
  close(): void;
}

function recorderOf(opening: Opening, identity: string, capabilities: ReadonlySet<string>): Recorder {
  const { options, profile, http, quirks, found, secrets, signal } = opening;
  if (options.record === undefined) return { transport: http, close() {} };
  const { write, close } = openCassetteFile(options.record, {
    schema: 1,
    backend: profile.name,
    model: found.model,
    provider: quirks.name,
    capabilities: [...capabilities],
    identity,
    recorded: new Date().toISOString(),
  });
  return { transport: recordingTransport(http, { write, secrets, signal }), close };
}
