/** Answers from a recording: the same bytes through the same parsing, without a server. For tests and demonstrations. */
import {
  type Cassette,
  createChatGenerate,
  type ProviderName,
  parseCassette,
  providers,
  type ReplayOptions,
  replayTransport,
} from '../client/index.ts';
import { type Backend, type BackendConfig, type Capability, hash, readText, TtcError } from '../core/index.ts';

import type { OpenBackend } from './backend-entry.ts';

export interface ReplayBackendOptions extends ReplayOptions {
  /** File that `--record` wrote. */
  cassette: string;
}

/** In bytes: a text in Node ends there. */
const longestRecording = 500 * 2 ** 20;

async function load(path: string): Promise<{ cassette: Cassette; text: string }> {
  const help = 'give the file that a run with --record wrote';
  const text = await readText(path, { name: `the recording ${path}`, help, most: longestRecording });
  return { cassette: parseCassette(text), text };
}

/**
 * Times are those of the replay, not of the recording, unless `pace` is `recorded`.
 * Errors: `E_DATA` for a file that is none, and for a call that was never recorded.
 */
export async function openReplayBackend({ cassette: path, pace }: ReplayBackendOptions): Promise<Backend> {
  const { cassette, text } = await load(path);
  const { about, recordings } = cassette;
  if (!about) throw new TtcError('E_DATA', `${path} does not say what was recorded`, { help: 'record it again' });
  const transport = replayTransport(recordings, { ...(pace === undefined ? {} : { pace }) });
  const quirks = providers[about.provider as ProviderName] ?? providers.generic;
  const can = new Set(about.capabilities as Capability[]);
  const generate = createChatGenerate({
    baseUrls: ['http://replay/v1'],
    model: about.model,
    transport,
    reasoning: about.reasoning,
    quirks: {
      ...quirks,
      ...(about.echoes && { echoesPrefill: true }),
      prefill: can.has('prefill') ? 'append' : 'none',
      logprobs: can.has('logprobs') ? 'openai' : 'none',
      tools: can.has('tools') ? 'openai' : 'none',
    },
  });
  return {
    name: 'replay',
    kind: 'replay',
    model: about.model,
    identity: `replay of ${about.identity} recording:${hash(text)}${pace === 'recorded' ? ' paced' : ''}`,
    capabilities: can,
    generate,
    facts: async () => ({ recording: path, recorded: about.recorded, answers: recordings.length, of: about.identity }),
    [Symbol.asyncDispose]: transport.close,
  };
}

/** As the configuration says: its model is the recording. */
export async function openReplay({ model }: BackendConfig): Promise<OpenBackend> {
  if (model === null) {
    throw new TtcError('E_ARGUMENT', 'replay needs a recording', { help: 'name it with --model FILE' });
  }
  const backend = await openReplayBackend({ cassette: model });
  return { backend, model: { name: backend.model } };
}
