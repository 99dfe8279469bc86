import type { Generate, Prepared } from './call.ts';
import type { Capability, PolicyReference } from './policy.ts';

/** `engine`: our own, inside the model. `api`: a server is asked. `replay`: recorded answers of one. */
export type BackendKind = 'engine' | 'api' | 'replay';

/** What produces text. */
export interface Backend extends AsyncDisposable {
  name: string;
  kind: BackendKind;
  /** Everything about the backend that can change an answer: versions, model hash, prefill path, threads. */
  identity: string;
  model: string;
  capabilities: ReadonlySet<Capability>;
  generate: Generate;
  /** Engine backends: opens the engine realisation beside the engine; the signal ends an opening that hangs. */
  realise?(policy: PolicyReference, params: unknown, signal?: AbortSignal): Promise<Prepared & AsyncDisposable>;
  /** Frees what is held for the calls of a conversation (`Call.conversation`). More calls of it may still come. */
  endConversation?(id: string): void;
  /** Engine backends: a vector of length 1 for each text by the encoder in this file, charged to no call. */
  encode?(encoder: string, texts: readonly string[]): Promise<Float32Array[]>;
  /** Facts for `run.json` and `doctor`: library variant, checks, threads. */
  facts?(): Promise<Record<string, unknown>>;
}
