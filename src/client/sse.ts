/** Server-sent events out of bytes that arrive in any pieces (WHATWG HTML, section 9.2, read leniently). */
import { TtcError } from '../core/index.ts';

export interface SseSink {
  event(data: string, name: string): void;
  comment(text: string): void;
}

export interface SseParser {
  push(chunk: Buffer): void;
  /** The body ended: an event without its closing blank line is still handed on. True if there was one. */
  end(): boolean;
}

const lineFeed = 10;
const carriageReturn = 13;

/**
 * Text is decoded only in blocks of whole lines: a line end is ASCII, so no character is ever cut.
 * Invalid UTF-8 becomes U+FFFD.
 */
export function createSseParser(sink: SseSink, maxEventBytes = 16 * 1024 * 1024): SseParser {
  const carry: Buffer[] = [];
  let carried = 0;
  let started = false;
  let skipLineFeed = false;
  let data: string | undefined;
  let name = '';

  function refuse(size: number): void {
    if (size > maxEventBytes)
      throw new TtcError('E_STREAM', `an event of the stream is larger than ${maxEventBytes} bytes`);
  }

  function blank(): void {
    const complete = data;
    const called = name;
    data = undefined;
    name = '';
    if (complete !== undefined) sink.event(complete, called);
  }

  function field(text: string, from: number, to: number): void {
    const colon = text.indexOf(':', from);
    const end = colon === -1 || colon > to ? to : colon;
    const start = end === to ? to : text.charCodeAt(end + 1) === 32 ? end + 2 : end + 1;
    const value = text.slice(Math.min(start, to), to);
    if (end === from) sink.comment(value);
    else if (end - from === 4 && text.startsWith('data', from)) {
      data = data === undefined ? value : `${data}\n${value}`;
      refuse(data.length);
    } else if (end - from === 5 && text.startsWith('event', from)) name = value;
  }

  function lines(block: string): void {
    let text = block.includes('\r') ? block.replace(/\r\n?/g, '\n') : block;
    if (!started && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    started = true;
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      if (to === from) blank();
      else field(text, from, to);
      from = to + 1;
    }
  }

  function take(last: Buffer): string {
    if (carried === 0) return last.toString('utf8');
    const whole = Buffer.concat([...carry, last]).toString('utf8');
    carry.length = 0;
    carried = 0;
    return whole;
  }

  /** Most chunks are exactly one `data: …` event with plain line feeds: no need to look at them line by line. */
  function plainEvent(chunk: Buffer): string | undefined {
    if (!looksPlain(chunk)) return undefined;
    // Looked through as text: the same search in bytes costs a call out of JavaScript.
    const text = chunk.toString('utf8', 6, chunk.length - 2);
    return text.includes('\n') || text.includes('\r') ? undefined : text;
  }

  function looksPlain(chunk: Buffer): boolean {
    const { length } = chunk;
    return (
      carried === 0 &&
      data === undefined &&
      !skipLineFeed &&
      started &&
      length > 8 &&
      chunk[0] === 0x64 &&
      chunk[1] === 0x61 &&
      chunk[2] === 0x74 &&
      chunk[3] === 0x61 &&
      chunk[4] === 0x3a &&
      chunk[5] === 0x20 &&
      chunk[length - 1] === lineFeed &&
      chunk[length - 2] === lineFeed
    );
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return;
      const plain = plainEvent(chunk);
      if (plain !== undefined) {
        refuse(chunk.length);
        data = plain;
        return blank();
      }
      const from = skipLineFeed && chunk[0] === lineFeed ? 1 : 0;
      const last = Math.max(chunk.lastIndexOf(lineFeed), chunk.lastIndexOf(carriageReturn));
      skipLineFeed = chunk[chunk.length - 1] === carriageReturn;
      if (last >= from) lines(take(chunk.subarray(from, last + 1)));
      const rest = chunk.subarray(Math.max(last + 1, from));
      if (rest.length === 0) return;
      carry.push(rest);
      carried += rest.length;
      refuse(carried + (data?.length ?? 0));
    },
    end() {
      if (carried > 0) lines(`${take(Buffer.alloc(0))}\n`);
      const unterminated = data !== undefined;
      blank();
      return unterminated;
    },
  };
}
