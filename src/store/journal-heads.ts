/**
 * Where the trials of a run stand in its journals, and which of them are played against each other. Reads no more of a
 * line than its head: a report then reads each trial once, and holds one at a time.
 */
import type { Trial } from '../core/index.ts';
import { isObject } from './is-object.ts';
import { openFileReader } from './read-at.ts';
import { journalsOf } from './read-journals.ts';
import { type Line, readLines } from './read-lines.ts';
import { type Seal, sealOf } from './seal.ts';
import { parseTrial } from './trial-line.ts';

/** There is one for every trial of a run: it holds numbers and no texts. */
interface Place {
  file: string;
  offset: number;
  length: number;
  /** Number of its pair, in the order in which pairs first came. */
  pair: number;
  isBaseline: boolean;
  /** Its checksum was there and fitted. */
  isSealed: boolean;
}

/** The lines of a key, as they were read. Nearly always it is one. */
type Lines = Place | [Place, ...Place[]];

/** Where some of the trials stand, in the order in which they are read. Another thread can be told. */
export type TrialLines = readonly Lines[];

export interface JournalHeads {
  /** Trials by key. */
  readonly size: number;
  /** Lines that hold no trial, found so far: a line is read whole only when it is its trial's turn. */
  bad(): number;
  /** Lines without a checksum: older versions wrote none. */
  readonly unsealed: number;
  /** Journals whose last line has no end. It is not read. */
  readonly torn: number;
  /**
   * One trial a key, the last. Trials of one sample and repeat come one after the other, the baseline's first: what is
   * compared with it never has to be looked for.
   */
  trials(): Generator<Trial>;
  /** The same in pieces of at least so many trials, which never part those that are compared. */
  pieces(size: number): TrialLines[];
  /** The trials of a piece. */
  trialsIn(piece: TrialLines): Generator<Trial>;
  /** The same, but only samples and repeats of which a line ends behind the given position of its file (0 where none is given). */
  trialsBehind(positions: ReadonlyMap<string, number>): Generator<Trial>;
}

type Head = Pick<Trial, 'key' | 'sample' | 'repeat'> & {
  cell: Pick<Trial['cell'], 'benchmark' | 'policy_name' | 'backend' | 'model'>;
};

interface Found {
  lines: Lines[];
  /** File and offset. */
  bad: Set<string>;
  unsealed: number;
  torn: number;
}

export function readHeads(folder: string): JournalHeads {
  const { lines, bad, unsealed, torn } = findTrials(folder);
  const onBad = (place: Place) => void bad.add(`${place.file} ${place.offset}`);
  return {
    size: lines.length,
    bad: () => bad.size,
    unsealed,
    torn,
    trials: () => trialsIn(inOrder(lines), onBad),
    pieces: (size) => piecesOf(inOrder(lines), size),
    trialsIn: (piece) => trialsIn(piece, onBad),
    trialsBehind: (positions) => trialsIn(inOrder(linesBehind(lines, positions)), onBad),
  };
}

/** Of the pairs that have a line behind the positions all lines. */
function linesBehind(lines: TrialLines, positions: ReadonlyMap<string, number>): TrialLines {
  const isBehind = ({ file, offset, length }: Place) => offset + length >= (positions.get(file) ?? 0);
  const pairs = new Set(lines.filter((all) => [all].flat().some(isBehind)).map((all) => firstOf(all).pair));
  return lines.filter((all) => pairs.has(firstOf(all).pair));
}

/** Keys are let go of once all lines are read. */
function findTrials(folder: string): Found {
  const lines = new Map<string, Lines>();
  const pairs = new Map<string, number>();
  const cells: Cells = new Map();
  const found: Found = { lines: [], bad: new Set(), unsealed: 0, torn: 0 };
  for (const file of journalsOf(folder))
    for (const line of readLines(file, { rest: true })) {
      const { offset, bytes } = line;
      if (line.isTorn) found.torn++;
      if (bytes.length === 0 || line.isTorn) continue;
      const seal = sealOf(bytes);
      const head = seal === 'broken' ? undefined : headIn(line, seal, cells);
      if (!head) {
        found.bad.add(`${file} ${offset}`);
        continue;
      }
      if (seal === 'none') found.unsealed++;
      const pair = numberOf(pairKeyOf(head), pairs);
      const isBaseline = head.cell.policy_name === 'baseline';
      const place: Place = { file, offset, length: bytes.length, pair, isBaseline, isSealed: seal === 'whole' };
      const known = lines.get(head.key);
      if (!known) lines.set(head.key, place);
      else if (Array.isArray(known)) known.push(place);
      else lines.set(head.key, [known, place]);
    }
  found.lines = [...lines.values()];
  return found;
}

const pairKeyOf = ({ cell: { benchmark, backend, model }, repeat, sample }: Head) =>
  `${benchmark}\n${backend}\n${model}\n${repeat}\n${sample}`;

function numberOf(key: string, numbers: Map<string, number>): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}

interface Candidate {
  place: Place;
  ended_at: string;
}

/** Within a file the later line, between files the later end. */
const winnerOf = (lines: readonly Candidate[]) =>
  lines.reduce<Candidate | undefined>(
    (old, line) => (!old || line.place.file === old.place.file || line.ended_at >= old.ended_at ? line : old),
    undefined,
  )?.place;

/** A string cannot hold these bytes: its quotes are escaped. */
const behindHead = Buffer.from(',"turns":[');

const headIn = ({ bytes, isTooLong }: Line, seal: Seal, cells: Cells) =>
  isTooLong ? undefined : headOf(bytes, seal, cells);

/** A flat record as a writer puts it: neither records in it nor escapes, so that it ends where it seems to. */
const flat = '\\{(?:"[ !#-[\\]-~]*"|[^"{}[\\]])*\\}';
const plain = '([ !#-[\\]-~]*)';
/** How the line of a trial begins. */
const beginning = new RegExp(
  `^\\{"schema":\\d,"key":"${plain}","cell":(${flat}),"params":${flat},"block":"${plain}","sample":"${plain}","repeat":(\\d+),"seed":`,
);
const longestBeginning = 1000;
const beforeKey = '{"schema":2,"key":"'.length;

/** The cells of a run are few, and their texts stand in every line. */
type Cells = Map<string, Head['cell']>;

/** Of a line whose checksum fits, if it begins as nearly all do: to parse it costs four times as much. */
function beginningOf(bytes: Buffer, cells: Cells): Head | undefined {
  const found = beginning.exec(bytes.toString('latin1', 0, longestBeginning));
  if (!found) return undefined;
  const [, { length } = '', text = '', , sample = '', repeat] = found;
  // Read anew: what a pattern found is a part of the text that it was found in, and keeps all of it in memory.
  const key = bytes.toString('latin1', beforeKey, beforeKey + length);
  const cell = cells.get(text) ?? (parse(text) as Head['cell'] | undefined);
  const head = { key, sample, repeat: Number(repeat), cell };
  if (!isHead(head)) return undefined;
  cells.set(text, head.cell);
  return head;
}

/** What stands before the turns; the whole line where they come earlier than a writer puts them. */
function headOf(bytes: Buffer, seal: Seal, cells: Cells): Head | undefined {
  const begun = seal === 'whole' ? beginningOf(bytes, cells) : undefined;
  if (begun) return begun;
  const end = bytes.indexOf(behindHead);
  const head = end > 0 ? parse(`${bytes.toString('utf8', 0, end)}}`) : undefined;
  if (isHead(head)) return head;
  const parsed = parseTrial(bytes, seal);
  return 'trial' in parsed ? parsed.trial : undefined;
}

function isHead(value: unknown): value is Head {
  if (!isObject(value) || !isObject(value.cell)) return false;
  const { key, sample, cell } = value;
  return [key, sample, cell.benchmark, cell.policy_name].every((field) => typeof field === 'string');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const firstOf = (lines: Lines): Place => (Array.isArray(lines) ? lines[0] : lines);

const inOrder = (lines: TrialLines): TrialLines =>
  lines.toSorted((left, right) => {
    const [a, b] = [firstOf(left), firstOf(right)];
    return a.pair - b.pair || Number(b.isBaseline) - Number(a.isBaseline) || a.offset - b.offset;
  });

function piecesOf(ordered: TrialLines, size: number): TrialLines[] {
  const pieces: TrialLines[] = [];
  const pairAt = (at: number) => firstOf(ordered[at] as Lines).pair;
  for (let from = 0; from < ordered.length; ) {
    let to = Math.min(from + size, ordered.length);
    while (to < ordered.length && pairAt(to) === pairAt(to - 1)) to++;
    pieces.push(ordered.slice(from, to));
    from = to;
  }
  return pieces;
}

/** @param onBad hears of each line that turns out to hold no trial */
export function* trialsIn(lines: TrialLines, onBad: (place: Place) => void): Generator<Trial> {
  using files = openFileReader();
  const trialOf = (place: Place): Trial | undefined => {
    // A checksum that fitted is not taken again: lines are never written over.
    const parsed = parseTrial(files.read(place), place.isSealed ? 'whole' : undefined);
    if ('trial' in parsed) return parsed.trial;
    onBad(place);
    return undefined;
  };
  for (const all of lines) {
    // Which of several counts depends on all of them that can be read.
    const place = Array.isArray(all) ? winnerOf(all.flatMap((one) => candidate(one, trialOf(one)))) : all;
    const trial = place && trialOf(place);
    if (trial) yield trial;
  }
}

const candidate = (place: Place, trial: Trial | undefined): Candidate[] =>
  trial ? [{ place, ended_at: trial.ended_at }] : [];
