/** Messages between the main process and the engine's process (structured clone, so BigInt stamps survive). */
import type { Call, Counters, ErrorCode, Part, PolicyReference, TokenScore } from '../core/index.ts';
import type { Proof, Proofs } from './proof.ts';

/** What the engine's process needs to start, its engine's options among it; travels as its first argument in JSON. */
export interface HostOptions {
  /** Without one the process only encodes texts. */
  modelPath?: string;
  /** It works for scores, beside a client whose times are being measured: they come first. */
  inBackground?: boolean;
  threads: number | 'auto';
  prefill: 'flash' | 'exact';
  kvSlots?: number | undefined;
  /** Tokens per chunk of a prompt. */
  chunk?: number | undefined;
  prefixCache?: boolean | undefined;
  /** More variables of the model's chat template. */
  chatVariables?: Readonly<Record<string, unknown>> | undefined;
  /** `drop`: what the model writes between thinking tags goes to the reasoning channel. @default 'drop' */
  reasoning?: 'drop' | 'keep' | undefined;
  /** Of the model's file, where that is one file. */
  sha256?: string | undefined;
  /** What an earlier process of this run knew of the files that it opened. */
  proofs?: Proofs;
  /** What passes cost as the first process of this run measured it: all of them decide by the same prices. */
  passMs?: Readonly<Record<number, number>> | undefined;
}

export interface WireError {
  code: ErrorCode;
  message: string;
  help?: string;
}

export type ToHost =
  | { type: 'open'; realisation: number; policy: PolicyReference; params: unknown }
  | { type: 'close'; realisation: number }
  | { type: 'call'; id: number; realisation: number; call: Call }
  /** Vectors of texts, by the encoder in this file: for scores, charged to no call. */
  | { type: 'encode'; id: number; encoder: string; texts: readonly string[] }
  /** How surprising the tokens of a text are to the model in this file, charged to no call. */
  | { type: 'score'; id: number; scorer: string; text: string }
  | { type: 'abort'; id: number }
  | { type: 'stop' };

export type FromHost =
  /** A file was opened that no earlier process knew. Comes before anything that uses it. */
  | { type: 'proof'; path: string; proof: Proof }
  | { type: 'ready'; identity: string; facts: Record<string, unknown> }
  | { type: 'refused'; error: WireError }
  | { type: 'opened'; realisation: number; error?: WireError }
  | { type: 'part'; id: number; part: Part }
  | { type: 'encoded'; id: number; vectors?: Float32Array[]; error?: WireError }
  | { type: 'scored'; id: number; scores?: TokenScore[]; error?: WireError }
  /** The last message of every call, also of an aborted one. */
  | { type: 'end'; id: number; counters: Counters; error?: WireError };
