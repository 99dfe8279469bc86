/** A clock that stands still while anything can happen, then jumps to the next moment at which something does. */
import { type Call, type CallRecord, type EndReason, type Generate, now, type TextEnd } from '../../src/core/index.ts';
import { turns } from '../contract/toy-server.ts';

export interface VirtualTime {
  /** Milliseconds. */
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Lets time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T>;
}

export function createVirtualTime(): VirtualTime {
  let time = 0;
  const sleepers: { at: number; wake: () => void }[] = [];

  return {
    now: () => time,
    sleep(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        const leave = () => {
          const place = sleepers.indexOf(sleeper);
          if (place >= 0) sleepers.splice(place, 1);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        };
        const sleeper = { at: time + milliseconds, wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
    async run(work) {
      let done = false;
      const finish = () => {
        done = true;
      };
      work.then(finish, finish);
      for (;;) {
        await turns(4);
        if (done) return await work;
        const next = sleepers.reduce<(typeof sleepers)[number] | undefined>(
          (first, one) => (!first || one.at < first.at ? one : first),
          undefined,
        );
        if (!next) throw new Error('nothing will ever happen again');
        sleepers.splice(sleepers.indexOf(next), 1);
        time = next.at;
        next.wake();
      }
    },
  };
}

export interface VirtualCall {
  model: string;
  call: Call;
  started: number;
  ended?: number;
  outcome?: CallRecord['outcome'];
  tokens: number;
}

export interface VirtualModel {
  name: string;
  /** Milliseconds to the first token and to each further one. */
  ttft: number;
  tpot: number;
  /** What it says after a started answer; tokens joined are the text. */
  answer(call: Call): readonly string[];
  /** Tokens of its reads in turn, over and over. @default one each */
  reads?: readonly number[];
  /** Each read is an event of its own, whatever its tokens: nobody is told where they end. */
  bundles?: boolean;
  /** Fails with this in place of its n-th token. */
  fails?(call: Call): { at: number; error: Error } | undefined;
}

/** A server in virtual time, every call on record. */
export function createVirtualServer(time: VirtualTime) {
  const calls: VirtualCall[] = [];
  const most: Record<string, number> = {};
  const open: Record<string, number> = {};

  const source = ({ name, ttft, tpot, answer, fails, reads = [1], bundles = false }: VirtualModel): Generate =>
    async function* (call, { signal, meter }) {
      signal.throwIfAborted();
      const seen: VirtualCall = { model: name, call, started: time.now(), tokens: 0 };
      calls.push(seen);
      open[name] = (open[name] ?? 0) + 1;
      most[name] = Math.max(most[name] ?? 0, open[name]);
      const close = (outcome: CallRecord['outcome']) => {
        if (seen.outcome) return;
        Object.assign(seen, { outcome, ended: time.now() });
        open[name] = (open[name] ?? 0) - 1;
        const usage = { prompt: 10, completion: seen.tokens, origin: 'server' as const };
        meter.call({ attempt: 1, sent: 0, end: 1, id: `${calls.indexOf(seen)}`, usage, outcome });
      };
      signal.addEventListener('abort', () => close('aborted'), { once: true });
      try {
        const tokens = answer(call);
        const fault = fails?.(call);
        let reason: EndReason = 'stop';
        for (let [at, read] = [0, 0]; at < tokens.length; read++) {
          if (at === call.maxTokens) {
            reason = 'length';
            break;
          }
          const piece = tokens.slice(at, Math.min(at + (reads[read % reads.length] as number), call.maxTokens));
          await time.sleep((at === 0 ? ttft : tpot) + (piece.length - 1) * tpot, signal);
          if (fault && fault.at < at + piece.length) throw fault.error;
          seen.tokens += piece.length;
          at += piece.length;
          const told = bundles || piece.length === 1 ? {} : { ends: endsOf(piece) };
          yield { type: 'text', at: now(), text: piece.join(''), channel: 'answer', events: piece.length, ...told };
        }
        close('ok');
        yield { type: 'end', at: now(), reason };
      } catch (error) {
        close('failed');
        throw error;
      } finally {
        close('aborted');
      }
    };
  return { calls, source, most: (name: string) => most[name] ?? 0 };
}

function endsOf(tokens: readonly string[]): TextEnd[] {
  let length = 0;
  return tokens.map((token, at) => {
    length += token.length;
    return { length, tokens: at + 1 };
  });
}

/** Tokens of a text: words with the space before them. */
export const tokensOf = (text: string): string[] => text.match(/^\S+|\s+\S+|\s+$/g) ?? [];

/** A model that has one answer in mind, and goes on with it from any of its starts; from elsewhere it says `otherwise`. */
export const knows =
  (whole: string, otherwise = '') =>
  ({ continue: begun = '' }: Call): string[] =>
    whole.startsWith(begun) ? tokensAfter(whole, begun.length) : tokensOf(otherwise);

function tokensAfter(whole: string, place: number): string[] {
  let length = 0;
  const all = tokensOf(whole);
  const at = all.findIndex((token) => {
    length += token.length;
    return length > place;
  });
  if (at < 0) return [];
  const first = (all[at] as string).slice((all[at] as string).length - (length - place));
  return [first, ...all.slice(at + 1)];
}
