/** `run.json`: what was run, with what, on what. */
import { readFileSync } from 'node:fs';
import { decodeText, type MachineFacts, type RunConfig, type Stop, TtcError } from '../core/index.ts';
import { isObject } from './is-object.ts';
import { brokenSeal, documentSealOf } from './seal.ts';
import { cannotRead } from './system-errors.ts';

/** What a run's times and answers depend on besides its configuration. JSON-safe. */
export interface RunFacts {
  /** Of ttcbench, Node, libraries, benchmarks, policies. */
  versions: Record<string, string>;
  hardware: Record<string, unknown>;
  /** Name, path, SHA-256 and shape of the model, as far as they are known. */
  model: Record<string, unknown>;
  /** Start-up checks and what they found. */
  checks: RunChecks;
}

/** A module that was loaded: its absolute path, and what it was. */
export interface RememberedModule {
  path: string;
  sha256: string;
}

/** What the run was asked, and what its start found out. JSON-safe. */
export interface RunChecks {
  /** Identity of the backend. */
  backend?: string;
  /** The command line. */
  command?: string;
  /** Policy → the counter that is above zero when it acted. */
  acts?: Record<string, string>;
  /** Limits on metrics that every trial should keep. */
  slo?: Record<string, number>;
  /** Modules with metrics of the user's own, and the names of all metrics that were not built in. */
  metrics?: readonly RememberedModule[];
  own_metrics?: readonly string[];
  /** Threads of the engine, and the build of its library. */
  threads?: number;
  library?: string;
  /** Of the engine: whether it kept the newest prompt for the next one. */
  prefixCache?: boolean;
  /** Whether a row's bits depend on how many share its pass, and for how many they do. */
  rowInvariance?: { label?: string; differing?: readonly number[] };
  /** Benchmark → what it compares texts by. */
  similarity?: Record<string, string>;
  /** Of a server: what was asked about its cache of prompts, and the field that asked it; null where it offers no way. */
  cache?: { asked: 'cold' | 'warm' | 'as-is'; by?: string | null };
  /** The sentence encoder, or why there is none. */
  encoder?: string;
  no_encoder?: string;
  /** What else the backend says of itself. */
  [fact: string]: unknown;
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
  /** Why the times of this session may be wrong. */
  doubts?: string[];
  /** Engines or client processes that worked at once, where there were several, and how many of them ended before their time. */
  workers?: { engines?: number; clients?: number; died?: number; machines?: number };
  /** Against an API: requests sent, those before the first trial included, and connections opened for them. */
  connections?: { requests: number; opened: number; out_of_files?: number };
  /** Fields that the server refused, where it began to do so only after the first trial. */
  adapted?: readonly string[];
  /** Metrics and objectives that this session was given. */
  metrics?: readonly RememberedModule[];
  own_metrics?: readonly string[];
  slo?: Record<string, number>;
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
    text = decodeText(readFileSync(path), { name: path, code: 'E_JOURNAL' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // We wrote it, so another encoding is damage.
    if (error instanceof TtcError)
      throw new TtcError('E_JOURNAL', `${path} is damaged: ${error.message}`, { cause: error, help: error.help });
    throw cannotRead(path, error);
  }
  if (documentSealOf(text) === 'broken') {
    throw new TtcError('E_JOURNAL', `${path} is damaged: ${brokenSeal}`, {
      help: 'where you edited it yourself, take out its last field, crc; otherwise begin anew with another --out',
    });
  }
  const value = parse(text);
  if (!isObject(value) || !isObject(value.config)) throw new TtcError('E_JOURNAL', `${path} is damaged`);
  if (value.schema !== 1)
    throw new TtcError('E_JOURNAL', `${path} has schema ${String(value.schema)}`, {
      help: 'use the version of ttcbench that wrote it',
    });
  const { sessions = [] } = value;
  if (!Array.isArray(sessions) || !sessions.every(isSession) || !isConfig(value.config))
    throw new TtcError('E_JOURNAL', `${path} is damaged`);
  const { versions, hardware, model, checks, crc: _, ...others } = value;
  return {
    ...others,
    ...{ sessions: sessions.map(sessionOf), checks: checksOf(checks) },
    ...{ versions: objectOf(versions), hardware: objectOf(hardware), model: objectOf(model) },
  } as unknown as RunManifest;
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => Number.isFinite(value);
const isRecordOf = (is: (value: unknown) => boolean) => (value: unknown) =>
  isObject(value) && Object.values(value).every(is);

const isListOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is);
const isNamed = (value: unknown) => isObject(value) && isText(value.name);
const isModules = isListOf((one) => isObject(one) && isText(one.path) && isText(one.sha256));

/** What readers lean on of a configuration and of a session. */
const isConfig = ({ benchmarks = [], policies = [] }: Record<string, unknown>): boolean =>
  [benchmarks, policies].every(isListOf(isNamed));
function isSession(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { started_at = '', ended_at = '', doubts = [] } = value;
  return isText(started_at) && isText(ended_at) && isListOf(isText)(doubts);
}

/** What readers lean on; the rest of `checks` is shown to nobody, so it may be anything. */
const shapes: { [name in keyof RunChecks]: (value: unknown) => boolean } = {
  ...{ backend: isText, command: isText, library: isText, encoder: isText, no_encoder: isText, threads: isNumber },
  ...{ acts: isRecordOf(isText), slo: isRecordOf(isNumber), similarity: isRecordOf(isText) },
  cache: (value) =>
    isObject(value) &&
    ['cold', 'warm', 'as-is'].includes(value.asked as string) &&
    (value.by === undefined || value.by === null || isText(value.by)),
  prefixCache: (value) => typeof value === 'boolean',
  metrics: isModules,
  own_metrics: (value) => Array.isArray(value) && value.every(isText),
  rowInvariance: (value) =>
    isObject(value) &&
    (value.differing === undefined || (Array.isArray(value.differing) && value.differing.every(isNumber))),
};

/** A field of another shape is left out: older versions, and files that somebody edited, still have a report. */
function checksOf(value: unknown): RunChecks {
  return Object.fromEntries(
    Object.entries(objectOf(value)).filter(([name, field]) => shapes[name as keyof RunChecks]?.(field) ?? true),
  );
}

function sessionOf({ metrics, own_metrics, slo, ...session }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...session,
    ...(isModules(metrics) && { metrics }),
    ...(shapes.own_metrics?.(own_metrics) && { own_metrics }),
    ...(shapes.slo?.(slo) && { slo }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
