/** Answers out of a cassette, through the same parsing as answers from the wire. */
import { elapsed, now, TtcError } from '../core/index.ts';
import type { CassetteAbout, RecordedBytes, Recording } from './cassette.ts';
import type { Exchange, Receiver, Transport } from './transport.ts';

const toBytes = (bytes: RecordedBytes): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.base64, 'base64');

export interface Cassette {
  about?: CassetteAbout;
  recordings: Recording[];
}

/** A cassette's text; errors `E_DATA` name the line. */
export function parseCassette(text: string): Cassette {
  const cassette: Cassette = { recordings: [] };
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const entry = parseLine(line);
    if (!entry) {
      const help = 'resume the run that recorded it, which drops a line that a crash cut; else record again';
      throw new TtcError('E_DATA', `line ${i + 1} of the recording is no recorded answer`, { help });
    }
    if ('tag' in entry) cassette.recordings.push(entry);
    else cassette.about = entry;
  }
  return cassette;
}

/** Undefined for what is neither a recording nor what was recorded. */
export function parseLine(line: string): Recording | CassetteAbout | undefined {
  try {
    const entry = JSON.parse(line) as Partial<Recording & CassetteAbout>;
    if (entry.schema !== 1) return undefined;
    if (typeof entry.tag === 'string' && Array.isArray(entry.reads)) return entry as Recording;
    if (typeof entry.backend === 'string' && typeof entry.model === 'string') return entry as CassetteAbout;
  } catch {}
  return undefined;
}

export interface ReplayOptions {
  /** `recorded`: reads come as far apart as they did. @default 'immediate' */
  pace?: 'immediate' | 'recorded';
}

/** Answers from recordings: the n-th request of a tag gets its n-th recording, then the last one again. */
export function replayTransport(recordings: readonly Recording[], options: ReplayOptions = {}): Transport {
  const byTag = new Map<string, { list: Recording[]; next: number }>();
  for (const recording of recordings) {
    const shelf = byTag.get(recording.tag) ?? { list: [], next: 0 };
    shelf.list.push(recording);
    byTag.set(recording.tag, shelf);
  }
  let requests = 0;

  function find(tag: string): Recording {
    const shelf = byTag.get(tag);
    if (!shelf)
      throw new TtcError('E_DATA', 'the recording holds no answer to this call', {
        help: 'replay the same plan that was recorded: same samples, seed, policies and model',
      });
    const recording = shelf.list[Math.min(shelf.next++, shelf.list.length - 1)];
    return recording as Recording;
  }

  return {
    send(request, receiver) {
      requests++;
      return play(find(request.tag?.() ?? ''), receiver, options.pace ?? 'immediate');
    },
    stats: () => ({ requests, connections: 0 }),
    close: async () => {},
  };
}

type Step = readonly [at: number, take: () => void];

function stepsOf(recording: Recording, receiver: Receiver): Step[] {
  const { status, headers, headAt, reads, ending, endAt } = recording;
  const end = () =>
    ending === 'end'
      ? receiver.end(now())
      : receiver.fail(new Error(recording.message ?? 'the recording ends here'), now());
  return [
    ...(recording.sent ? [[0, () => receiver.sent(now())] as const] : []),
    ...(status === null ? [] : [[headAt, () => receiver.head(status, headers, now())] as const]),
    ...reads.map(([at, bytes]): Step => [at, () => receiver.data(toBytes(bytes), now())]),
    [endAt, end],
  ];
}

/** One step per turn of the event loop, as sockets do, so that a consumer can act in between. */
function play(recording: Recording, receiver: Receiver, pace: 'immediate' | 'recorded'): Exchange {
  const steps = stepsOf(recording, receiver);
  const started = now();
  let left = false;
  function run(i: number): void {
    if (left) return;
    steps[i]?.[1]();
    const next = steps[i + 1];
    if (!next) return;
    if (pace === 'immediate') setImmediate(run, i + 1);
    else setTimeout(run, Math.max(0, next[0] - elapsed(started, now())), i + 1);
  }
  setImmediate(run, 0);
  return {
    abort() {
      left = true;
    },
  };
}
