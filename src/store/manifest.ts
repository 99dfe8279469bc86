/** `run.json`: what was run, with what, on what. */
import { readFileSync } from 'node:fs';
import { type MachineFacts, type RunConfig, type Stop, TtcError } from '../core/index.ts';
import { isObject } from './is-object.ts';

/** What a run's times and answers depend on besides its configuration. JSON-safe. */
export interface RunFacts {
  /** Of ttcbench, Node, libraries, benchmarks, policies. */
  versions: Record<string, string>;
  hardware: Record<string, unknown>;
  /** Name, path, SHA-256 and shape of the model, as far as they are known. */
  model: Record<string, unknown>;
  /** Start-up checks and what they found. */
  checks: Record<string, unknown>;
}

/** One start of the run command on this folder. */
export interface SessionRecord {
  started_at: string;
  ended_at?: string;
  status?: 'complete' | 'interrupted' | 'stopped';
  /** Why it stopped before its plan was done. Read it with `stopOf`. */
  stop?: Stop;
  /** What runs before that was data said instead. */
  reason?: string;
  machine?: MachineFacts;
  /** Why the times of this session cannot be vouched for. */
  doubts?: string[];
  /** Against an API: requests sent, those before the first trial included, and connections opened for them. */
  connections?: { requests: number; opened: number };
  /** Facts that differ from those of the first session. */
  changed?: string[];
}

export interface RunManifest extends RunFacts {
  schema: 1;
  /** The plan's hash. */
  id: string;
  created_at: string;
  config: RunConfig;
  sessions: SessionRecord[];
}

/**
 * The manifest of a run folder; `undefined` if there is none.
 * @throws E_JOURNAL where it is damaged or of another schema
 */
export function readManifest(path: string): RunManifest | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const value = parse(text);
  if (!isObject(value) || !isObject(value.config)) throw new TtcError('E_JOURNAL', `${path} is damaged`);
  if (value.schema !== 1)
    throw new TtcError('E_JOURNAL', `${path} has schema ${String(value.schema)}`, {
      help: 'use the version of ttcbench that wrote it',
    });
  const { sessions = [] } = value;
  if (!Array.isArray(sessions) || !sessions.every(isObject)) throw new TtcError('E_JOURNAL', `${path} is damaged`);
  return { ...value, sessions } as unknown as RunManifest;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
