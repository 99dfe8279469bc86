/**
 * Where the trials of a run stand in its journals, and which of them are played against each other. Reads no more of a
 * line than its head: a report then reads each trial once, and holds one at a time.
 */
import type { Trial } from '../core/index.ts';
import { isObject } from './is-object.ts';
import { openFileReader } from './read-at.ts';
import { journalsOf } from './read-journals.ts';
import { type Line, readLines } from './read-lines.ts';
import { sealOf } from './seal.ts';
import { parseTrial } from './trial-line.ts';

interface Place {
  file: string;
  offset: number;
  length: number;
  ended_at: string;
  /** Number of its pair, in the order in which pairs first came. */
  pair: number;
  isBaseline: boolean;
}

/** The lines of a key, as they were read. Nearly always it is one. */
type Lines = readonly [Place, ...Place[]];

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
  /** The same, but only samples and repeats of which a line ends behind the given position of its file (0 where none is given). */
  trialsBehind(positions: ReadonlyMap<string, number>): Generator<Trial>;
}

type Head = Pick<Trial, 'key' | 'sample' | 'repeat' | 'ended_at' | 'cell'>;

export function readHeads(folder: string): JournalHeads {
  const lines = new Map<string, Lines>();
  const pairs = new Map<string, number>();
  const bad = new Set<string>();
  let unsealed = 0;
  let torn = 0;
  for (const file of journalsOf(folder))
    for (const line of readLines(file, { rest: true })) {
      const { offset, bytes } = line;
      if (line.isTorn) torn++;
      if (bytes.length === 0 || line.isTorn) continue;
      const seal = sealOf(bytes);
      const head = seal === 'broken' ? undefined : headIn(line);
      if (!head) {
        bad.add(`${file} ${offset}`);
        continue;
      }
      if (seal === 'none') unsealed++;
      const { key, ended_at, cell } = head;
      const pair = numberOf(pairKeyOf(head), pairs);
      const isBaseline = cell.policy_name === 'baseline';
      const place: Place = { file, offset, length: bytes.length, ended_at, pair, isBaseline };
      lines.set(key, [...(lines.get(key) ?? []), place] as Lines);
    }
  const onBad = (place: Place) => void bad.add(`${place.file} ${place.offset}`);
  return {
    get size() {
      return lines.size;
    },
    bad: () => bad.size,
    unsealed,
    torn,
    trials: () => trialsAt(lines, onBad),
    trialsBehind: (positions) => trialsAt(linesBehind(lines, positions), onBad),
  };
}

/** Of the pairs that have a line behind the positions all lines. */
function linesBehind(lines: ReadonlyMap<string, Lines>, positions: ReadonlyMap<string, number>): Map<string, Lines> {
  const isBehind = ({ file, offset, length }: Place) => offset + length >= (positions.get(file) ?? 0);
  const pairs = new Set([...lines.values()].filter((all) => all.some(isBehind)).map(([{ pair }]) => pair));
  return new Map([...lines].filter(([, [{ pair }]]) => pairs.has(pair)));
}

const pairKeyOf = ({ cell: { benchmark, backend, model }, repeat, sample }: Head) =>
  `${benchmark}\n${backend}\n${model}\n${repeat}\n${sample}`;

function numberOf(key: string, numbers: Map<string, number>): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}

/** Within a file the later line, between files the later end. */
const winnerOf = (lines: readonly Place[]) =>
  lines.reduce<Place | undefined>(
    (old, place) => (!old || place.file === old.file || place.ended_at >= old.ended_at ? place : old),
    undefined,
  );

/** A string cannot hold these bytes: its quotes are escaped. */
const behindHead = Buffer.from(',"turns":[');

const headIn = ({ bytes, isTooLong }: Line) => (isTooLong ? undefined : headOf(bytes));

/** What stands before the turns; the whole line where they come earlier than a writer puts them. */
function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf(behindHead);
  const head = end > 0 ? parse(`${bytes.toString('utf8', 0, end)}}`) : undefined;
  if (isHead(head)) return head;
  const parsed = parseTrial(bytes);
  return 'trial' in parsed ? parsed.trial : undefined;
}

function isHead(value: unknown): value is Head {
  if (!isObject(value) || !isObject(value.cell)) return false;
  const { key, sample, ended_at, cell } = value;
  return [key, sample, ended_at, cell.benchmark, cell.policy_name].every((field) => typeof field === 'string');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function* trialsAt(lines: ReadonlyMap<string, Lines>, onBad: (place: Place) => void): Generator<Trial> {
  const ordered = [...lines.values()].sort(
    ([a], [b]) => a.pair - b.pair || Number(b.isBaseline) - Number(a.isBaseline) || a.offset - b.offset,
  );
  using files = openFileReader();
  const isGood = (place: Place) => {
    const good = 'trial' in parseTrial(files.read(place));
    if (!good) onBad(place);
    return good;
  };
  for (const all of ordered) {
    // Which of several counts depends on all of them that can be read.
    const place = all.length === 1 ? all[0] : winnerOf(all.filter(isGood));
    if (!place) continue;
    const parsed = parseTrial(files.read(place));
    if ('trial' in parsed) yield parsed.trial;
    else onBad(place);
  }
}
