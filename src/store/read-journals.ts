/** All journals of a run folder as one set of trials: the last line of a key wins, bad lines are counted. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Trial, TtcError } from '../core/index.ts';
import { readLines } from './read-lines.ts';
import { cannotRead } from './system-errors.ts';
import { parseTrial, trialIn } from './trial-line.ts';

/** Where a trial stands, and what resuming has to know about it. */
export interface Entry {
  file: string;
  offset: number;
  length: number;
  status: Trial['status'];
  ended_at: string;
}

export interface BadLine {
  file: string;
  offset: number;
  problem: string;
  bytes: Buffer;
}

export interface JournalIndex {
  entries: Map<string, Entry>;
  bad: BadLine[];
}

const NAME = /^journal-[\w.-]+\.jsonl$/;

export const journalName = (writer: string): string => {
  const name = `journal-${writer}.jsonl`;
  if (!NAME.test(name))
    throw new TtcError(
      'E_ARGUMENT',
      `a writer's name may hold letters, digits, dot and dash: ${JSON.stringify(writer)}`,
    );
  return name;
};

/** Paths of the journals in a run folder, in the order of their names. */
export function journalsOf(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((file) => NAME.test(file));
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    throw cannotRead(folder, error);
  }
}

/** Positions only: a million trials fit into memory where their answers would not. */
export function indexJournals(folder: string): JournalIndex {
  const index: JournalIndex = { entries: new Map(), bad: [] };
  for (const file of journalsOf(folder)) indexOne(file, index);
  return index;
}

function indexOne(file: string, { entries, bad }: JournalIndex): void {
  for (const line of readLines(file)) {
    const { offset, bytes } = line;
    if (bytes.length === 0) continue;
    const parsed = trialIn(line);
    if ('problem' in parsed) bad.push({ file, offset, problem: parsed.problem, bytes: Buffer.from(bytes) });
    else {
      const { key, status, ended_at } = parsed.trial;
      const entry = { file, offset, length: bytes.length, status, ended_at };
      if (wins(entry, entries.get(key))) entries.set(key, entry);
    }
  }
}

/** Within a file the later line, between files the later end. */
export function wins(entry: Entry, old: Entry | undefined): boolean {
  if (!old) return true;
  return entry.file === old.file ? entry.offset >= old.offset : entry.ended_at >= old.ended_at;
}

export function readEntry(entry: Entry): Trial {
  const file = openToRead(entry.file);
  try {
    const bytes = Buffer.alloc(entry.length);
    readSync(file, bytes, 0, entry.length, entry.offset);
    const parsed = parseTrial(bytes);
    if ('trial' in parsed) return parsed.trial;
    throw new TtcError('E_JOURNAL', `${entry.file} changed at byte ${entry.offset}: ${parsed.problem}`);
  } finally {
    closeSync(file);
  }
}

function openToRead(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** Every trial that was ever played, those included that a later line replaced: what they cost was paid. */
export function* linesOf(folder: string): Generator<Trial> {
  for (const file of journalsOf(folder))
    for (const line of readLines(file)) {
      const parsed = trialIn(line);
      if ('trial' in parsed) yield parsed.trial;
    }
}

/** The winning trials, file by file in the order of their lines. */
export function* trialsOf({ entries }: Pick<JournalIndex, 'entries'>): Generator<Trial> {
  const files = new Set([...entries.values()].map((entry) => entry.file));
  for (const file of [...files].sort())
    for (const line of readLines(file)) {
      const { offset } = line;
      const parsed = trialIn(line);
      if (!('trial' in parsed)) continue;
      const entry = entries.get(parsed.trial.key);
      if (entry?.file === file && entry.offset === offset) yield parsed.trial;
    }
}
