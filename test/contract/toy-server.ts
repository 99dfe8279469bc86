/**
 * A chat server in the tests' own process: deterministic answers, one word a token, and every call on record with all
 * its fields. It knows nothing of policies, so what it saw is what they did.
 */
import { createHash } from 'node:crypto';
import {
  type Call,
  type CallRecord,
  type Context,
  type EndReason,
  type Generate,
  now,
  type Part,
  TtcError,
} from '../../src/core/index.ts';

/** One call as the server saw it. */
export interface SeenCall {
  id: string;
  model: 'target' | 'fast';
  call: Call;
  /** What it wrote, with the moment of each word. */
  words: { text: string; at: bigint }[];
  /** How its answer ended; undefined where it was cut off. */
  reason?: EndReason;
  /** Whether it is over: ended, aborted, or left by its reader. */
  closed: boolean;
}

export interface ToyServer {
  calls: SeenCall[];
  /** Most calls of the target that were open at the same time. */
  most(): number;
  target: Generate;
  fast: Generate;
}

const vocabulary =
  'lime villa harbour rain orbit quiet copper meadow signal lantern paper river stone amber north ladder'.split(' ');
const number = (text: string) => createHash('sha1').update(text).digest().readUInt32LE(0);
/** Turns of the event loop that a word takes: more than one, so that text that was held back shows. */
const turnsPerWord = 3;

/**
 * The next token after what is said, so that an answer goes on the same way wherever it is taken up; undefined at its
 * end. Every fourth word ends a sentence. The fast model is wrong in every fifth.
 */
function nextToken(model: SeenCall['model'], { messages, seed, temperature }: Call, said: string): string | undefined {
  const key = JSON.stringify([messages, temperature > 0 ? seed : 0]);
  const at = said.split(' ').filter((word) => word !== '').length;
  if (at >= 9 + (number(key) % 8)) return undefined;
  const isWrong = model === 'fast' && at % 5 === 3;
  const word = vocabulary[(number(`${key} ${said}`) + (isWrong ? 1 : 0)) % vocabulary.length];
  return `${said === '' ? '' : ' '}${word}${at % 4 === 3 ? '.' : ''}`;
}

/** The words before a stop and within the limit, and how that ends. */
function limited(model: SeenCall['model'], call: Call): { texts: string[]; reason: EndReason } {
  const { continue: start = '' } = call;
  const texts: string[] = [];
  for (let said = ''; ; said += texts.at(-1)) {
    const text = nextToken(model, call, start + said);
    if (text === undefined) return { texts, reason: 'stop' };
    if (texts.length === call.maxTokens) return { texts, reason: 'length' };
    const cut = Math.min(
      ...(call.stop ?? []).map((stop) => (said + text).indexOf(stop)).map((place) => (place < 0 ? Infinity : place)),
    );
    if (cut <= said.length + text.length) {
      if (cut > said.length) texts.push((said + text).slice(said.length, cut));
      return { texts, reason: 'stop' };
    }
    texts.push(text);
  }
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** @param can abilities; a call that needs another one fails, as on a real server */
export function createToyServer(can: ReadonlySet<string>): ToyServer {
  const calls: SeenCall[] = [];
  let most = 0;

  const source = (model: SeenCall['model']) =>
    async function* generate(call: Call, context: Context): AsyncGenerator<Part> {
      context.signal.throwIfAborted();
      const seen: SeenCall = {
        id: `call-${calls.length}`,
        model,
        call: structuredClone(call),
        words: [],
        closed: false,
      };
      calls.push(seen);
      most = Math.max(most, calls.filter((one) => one.model === 'target' && !one.closed).length);
      const close = () => {
        if (seen.closed) return;
        seen.closed = true;
        context.meter.call(billOf(seen));
      };
      context.signal.addEventListener('abort', close, { once: true });
      try {
        if (call.logprobs !== undefined && !can.has('logprobs')) throw new TtcError('E_REQUEST', 'no logprobs here');
        if (call.continue !== undefined && !can.has('prefill')) throw new TtcError('E_REQUEST', 'no prefill here');
        const { texts, reason } = limited(model, call);
        for (const text of texts) {
          await turns(turnsPerWord);
          context.signal.throwIfAborted();
          const at = now();
          seen.words.push({ text, at });
          yield { type: 'text', at, text, channel: 'answer', events: 1 };
        }
        await turns(1);
        context.signal.throwIfAborted();
        seen.reason = reason;
        close();
        yield { type: 'end', at: now(), reason };
      } finally {
        context.signal.removeEventListener('abort', close);
        close();
      }
    };
  return { calls, most: () => most, target: source('target'), fast: source('fast') };
}

function billOf({ id, words, reason }: SeenCall): CallRecord {
  const usage = { prompt: 10, completion: words.length, origin: 'server' as const };
  return { attempt: 1, sent: 0, end: 1, id, usage, outcome: reason === undefined ? 'aborted' : 'ok' };
}
