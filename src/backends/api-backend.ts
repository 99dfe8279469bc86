/** What all API backends share: the server is found, asked what it can, and called. */
import { setMaxListeners } from 'node:events';
import {
  type Adaptation,
  type ChatGenerate,
  createChatGenerate,
  createHttpTransport,
  createScrub,
  createSecretFinder,
  type Endpoint,
  findApiKey,
  isLoopback,
  keyRefused,
  keyVariable,
  openCassetteFile,
  openServer,
  type ProbeAsk,
  type Provider,
  parseEndpoint,
  priceOf,
  probed,
  providerOf,
  recordingTransport,
  type Scrub,
  type Server,
  scrubTrial,
  secretsOf,
  type Timeouts,
  type Transport,
  type TransportStats,
} from '../client/index.ts';
import { type Backend, type Capability, type Generate, type Prices, type Trial, TtcError } from '../core/index.ts';
import { askForRoom, askServer, type Learnt, withProbed } from './ask-server.ts';
import type { ServerRoom } from './backend-entry.ts';
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
  /** Fields of a request's body that are left out, for servers that refuse them: `seed`, `stream_options`. */
  omit?: readonly string[];
  /**
   * `cold`: no prompt is taken from the server's cache, where the server can be asked that. `warm`: the run sends each
   * prompt once before it counts. @default 'as-is'
   */
  cache?: 'cold' | 'warm' | 'as-is';
  /** What becomes of reasoning between tags in an answer. `keep`: it stays in the answer. @default 'drop' */
  reasoning?: 'drop' | 'keep';
  /** How the run will ask, for the probes. @default temperature 0 */
  ask?: ProbeAsk;
  /** A cheaper model of the same server, for policies that draft with one. */
  fastModel?: string;
  /** Where probed capabilities are kept. Absent: they are probed at every start. */
  cacheFolder?: string;
  /** File that gets a recording of every answer, without keys and personal headers. One of the same identity goes on. */
  record?: string;
  signal?: AbortSignal;
  /** What the user should know: a model that no list names, fields that the server refuses. */
  onNote?(sentence: string): void;
  /** For tests and replay. @default HTTP/1.1 */
  transport?: Transport;
}

export interface ApiBackend extends Backend {
  /** Another model of the same server, for drafts. */
  another(model: string): Generate;
  readonly fastModel: string | undefined;
  /** What its context has room for. */
  readonly room: ServerRoom;
  /** Undefined where no price is known. */
  readonly prices: Prices | undefined;
  /** Opens so many sockets ahead. */
  warm(sockets: number): Promise<void>;
  connections(): TransportStats;
  /** How requests do without the server's cache of prompts; undefined where the server offers no way. */
  readonly coldBy: string | undefined;
  /** What of the requests this server refused so far, in words. */
  adapted(): readonly string[];
  /** Takes the keys and logins of this backend out of a trial before anything stores it. @returns whether there were any */
  scrub(trial: Trial): boolean;
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

export async function openApiBackend(options: ApiOptions, profile: ApiProfile): Promise<ApiBackend> {
  const endpoints = endpointsOf(options, profile);
  const hostname = endpoints[0]!.hostname;
  const known = profile.quirks ?? providerOf(hostname);
  const variables = { provider: known, variable: options.apiKeyEnv, usual: profile.keyVariable };
  const apiKey = findApiKey({
    ...variables,
    environment: options.environment ?? process.env,
    required: known.keyEnv !== undefined && !isLoopback(hostname),
  });
  const secrets = secretsOf(apiKey, endpoints);
  const scrub = createScrub(secrets);
  const http =
    options.transport ??
    createHttpTransport({
      connectTimeout: options.timeouts?.connect,
      environment: options.environment,
    });
  const signal = options.signal ?? new AbortController().signal;
  // Sockets that are opened ahead all listen to it.
  setMaxListeners(0, signal);
  const connectTimeout = options.timeouts?.connect;
  const servers = endpoints.map((endpoint) =>
    openServer({ transport: http, endpoint, apiKey, scrub, connectTimeout, signal }),
  );
  try {
    const found = await findModel(servers, options.model, profile, endpoints);
    const quirks = profile.quirks ?? providerOf(hostname, found.owners);
    const opening = { options, profile, endpoints, apiKey, secrets, scrub, http, servers, found, quirks, signal };
    return await assemble(opening);
  } catch (error) {
    await http.close();
    if (!(error instanceof TtcError) || error.code !== 'E_API_KEY') throw error;
    throw keyRefused(error, { name: keyVariable(variables), key: apiKey, login: endpoints[0]!.login });
  }
}

function endpointsOf({ baseUrls }: ApiOptions, profile: ApiProfile): Endpoint[] {
  return urlsOf({ baseUrls }, profile).map(parseEndpoint);
}

const urlsOf = ({ baseUrls }: Pick<ApiOptions, 'baseUrls'>, profile: ApiProfile): readonly string[] =>
  baseUrls.length > 0 ? baseUrls : [profile.baseUrl ?? ''];

interface Opening {
  options: ApiOptions;
  profile: ApiProfile;
  endpoints: readonly Endpoint[];
  apiKey: string | undefined;
  secrets: readonly string[];
  scrub: Scrub;
  http: Transport;
  servers: readonly Server[];
  found: Found;
  quirks: Provider;
  signal: AbortSignal;
}

async function assemble(opening: Opening): Promise<ApiBackend> {
  const { options, profile, endpoints, http, servers, found, quirks } = opening;
  const { model } = found;
  const capabilities = new Set<Capability>();
  const { probes, adaptation, notes } = await learn(opening, capabilities);
  for (const name of probed) if (probes[name].supported) capabilities.add(name);
  const fastModel = options.fastModel ?? profile.fastModel?.(found.ids ?? [], model);
  if (fastModel !== undefined) capabilities.add('fast-model');
  if (quirks.tools !== 'none') capabilities.add('tools');
  const final = withProbed(quirks, probes);
  const identity = identityOf(opening, adaptation);
  const { transport, close } = recorderOf(opening, identity, capabilities, final.echoesPrefill);
  const coldBy = () => {
    const field = options.omit?.includes(quirks.cold?.field ?? '') ? undefined : quirks.cold?.field;
    return adaptation.changes.some((one) => one.field === field) ? undefined : field;
  };
  const source = (name: string) => sourceOf(opening, { name, transport, quirks: final, adaptation, capabilities });
  const price = priceOf(quirks.name, model);
  const chats = [source(model)];
  const room = await roomOf(
    opening,
    sourceOf(opening, { name: model, transport: http, quirks: final, adaptation, capabilities }),
  );
  const findSecrets = createSecretFinder(opening.secrets);
  for (const note of notes) options.onNote?.(note);
  return {
    name: profile.name,
    kind: 'api',
    model,
    identity,
    capabilities,
    generate: chats[0]!,
    another(name) {
      const chat = source(name);
      chats.push(chat);
      return chat;
    },
    endConversation(id) {
      for (const chat of chats) chat.endConversation(id);
    },
    fastModel,
    prices: price,
    room,
    async facts() {
      const { provider: _, model: __, ...known } = price ?? { provider: '', model: '' };
      return {
        provider: quirks.name,
        endpoints: endpoints.map(({ name }) => name),
        capabilities: probes,
        ...(room.context !== undefined && { context: room.context }),
        cache: options.cache === 'cold' ? { asked: 'cold', by: coldBy() ?? null } : { asked: options.cache ?? 'as-is' },
        ...(fastModel === undefined ? {} : { fast_model: fastModel }),
        ...(price ? { prices: known } : {}),
        ...(notes.length > 0 ? { notes } : {}),
        ...(adaptation.words.length > 0 ? { adapted: adaptation.words } : {}),
      };
    },
    async warm(sockets) {
      const each = Math.ceil(sockets / servers.length);
      await Promise.all(servers.map((server) => server.warm(each)));
    },
    connections: () => http.stats(),
    get coldBy() {
      return coldBy();
    },
    adapted: () => adaptation.words,
    scrub: (trial) => scrubTrial(trial, findSecrets),
    async [Symbol.asyncDispose]() {
      await http.close();
      close();
    },
  };
}

interface SourceOptions {
  name: string;
  transport: Transport;
  quirks: Provider;
  adaptation: Adaptation;
  capabilities: ReadonlySet<Capability>;
  /** The only server to ask. */
  server?: number;
}

function sourceOf(opening: Opening, chosen: SourceOptions): ChatGenerate {
  const { options, profile, servers, apiKey } = opening;
  const { name, transport, quirks, adaptation, capabilities, server } = chosen;
  const urls = urlsOf(options, profile);
  const isCounted = capabilities.has('usage') || !quirks.tokenizePath;
  return createChatGenerate({
    baseUrls: server === undefined ? urls : [urls[server]!],
    model: name,
    apiKey,
    quirks,
    timeouts: options.timeouts,
    extra: extraFor(opening, name),
    omit: options.omit,
    reasoning: options.reasoning,
    cache: options.cache === 'cold' ? 'cold' : 'as-is',
    adaptation,
    transport,
    countText: isCounted ? undefined : servers[0]!.tokenizer(quirks.tokenizePath!, name),
  });
}

/** A provider's own servers have long contexts, and calls to them cost: only others are asked by a call. */
async function roomOf({ quirks, servers, found, options, signal }: Opening, generate: Generate): Promise<ServerRoom> {
  const { model } = found;
  const server = servers[0]!;
  const context = (quirks.context && (await server.context(...quirks.context))) ?? found.context;
  const count = server.promptTokens(quirks, model);
  const isOwn = quirks.hosts.length === 0;
  return {
    model,
    ...(context !== undefined && { context }),
    ...(count && { promptTokens: ({ messages }) => count(messages) }),
    ...(context === undefined &&
      isOwn && { ask: (call) => askForRoom(generate, { temperature: 0, seed: 1, ...call, ...options.ask }, signal) }),
  };
}

function learn(opening: Opening, capabilities: ReadonlySet<Capability>): Promise<Learnt> {
  const { options, endpoints, servers, found, quirks, scrub, signal, http } = opening;
  const { model } = found;
  const { omit, ask } = options;
  const extra = extraFor(opening, model);
  const about = {
    endpoints: endpoints.map(({ name }) => name),
    model,
    extra,
    provider: quirks.name,
    ...(omit && omit.length > 0 && { omit }),
    ...(ask?.temperature && { temperature: ask.temperature }),
  };
  return askServer({
    ...{ servers, found, quirks, about, extra, omit, ask, scrub, signal },
    cacheFolder: options.cacheFolder,
    open: (differing, adaptation, server) =>
      sourceOf(opening, { name: model, transport: http, quirks: differing, adaptation, capabilities, server }),
  });
}

function extraFor({ options, profile }: Opening, model: string): Record<string, unknown> {
  const effort = options.reasoningEffort === undefined ? {} : { reasoning_effort: options.reasoningEffort };
  return { ...profile.extraFor?.(model), ...effort, ...options.extra };
}

/** Everything that can change an answer, as far as a client can know it. */
function identityOf(opening: Opening, { words }: Adaptation): string {
  const { options, profile, endpoints, quirks, found } = opening;
  const extra = extraFor(opening, found.model);
  const said = [
    ...(Object.keys(extra).length > 0 ? [JSON.stringify(extra)] : []),
    ...(options.omit && options.omit.length > 0 ? [`without ${options.omit.join(', ')}`] : []),
    ...(words.length > 0 ? [words.join(', ')] : []),
    ...(options.reasoning === 'keep' ? ['reasoning kept'] : []),
    ...(options.cache === 'cold' && quirks.cold ? ['cold cache'] : []),
    ...(options.cache === 'warm' ? ['warm cache'] : []),
  ];
  return [profile.name, ...endpoints.map(({ name }) => name), quirks.name, found.model, ...said].join(' ');
}

interface Recorder {
  transport: Transport;
  close(): void;
}

function recorderOf(
  opening: Opening,
  identity: string,
  capabilities: ReadonlySet<string>,
  echoes: boolean | undefined,
): Recorder {
  const { options, profile, http, quirks, found, secrets, signal } = opening;
  if (options.record === undefined) return { transport: http, close() {} };
  const { write, close } = openCassetteFile(options.record, {
    schema: 1,
    backend: profile.name,
    model: found.model,
    provider: quirks.name,
    capabilities: [...capabilities],
    identity,
    ...(options.reasoning === 'keep' && { reasoning: options.reasoning }),
    ...(echoes && { echoes: true as const }),
    recorded: new Date().toISOString(),
  });
  return { transport: recordingTransport(http, { write, secrets, signal }), close };
}
