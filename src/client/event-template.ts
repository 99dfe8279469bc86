/** The events of one answer mostly differ in their piece of text alone: what is the same need not be parsed again. */
import { type ChunkFacts, readChunk } from './chunk.ts';

export interface EventTemplate {
  /** Facts of an event that equals the learnt one but for its text; undefined where it has to be parsed. */
  match(data: string): ChunkFacts | undefined;
  /** Looks at a parsed event. */
  learn(data: string, facts: ChunkFacts): void;
}

/** No quote, no escape and no control character: between two quotes of JSON it stands for itself. */
const plain = /^[^"\\\p{Cc}]+$/u;

/** Templates that a stream may learn in vain: some servers put a time or padding into every event. */
const mostVain = 2;

/**
 * A text between the same head and tail is the same JSON with another string in that place, if the learnt one was a
 * string there. That it was the answer, a probe shows when the template is learnt: with another text in its place the
 * event has that answer, and its other strings have not moved. Of an answer of 16 tokens in one read this saves 14 of 19 parses.
 */
export function createEventTemplate(): EventTemplate {
  let head = '';
  let tail = '';
  let learnt: ChunkFacts | undefined;
  let vain = 0;

  return {
    match(data) {
      if (!learnt || data.length <= head.length + tail.length) return undefined;
      const end = data.length - tail.length;
      // Slices that are compared: `startsWith` looks at one character at a time, five times the time of 330 bytes.
      if (data.slice(0, head.length) !== head || data.slice(end) !== tail) return undefined;
      const answer = data.slice(head.length, end);
      if (!plain.test(answer)) return undefined;
      vain = 0;
      return { ...learnt, answer };
    },
    learn(data, facts) {
      if (vain >= mostVain || facts.tools || !plain.test(facts.answer)) return;
      vain++;
      const quoted = `"${facts.answer}"`;
      const at = data.indexOf(quoted, data.indexOf('"content"') + 9);
      if (at === -1) return;
      head = data.slice(0, at + 1);
      tail = data.slice(at + quoted.length - 1);
      learnt = isProven(head, tail, `${facts.answer}.`) ? facts : undefined;
    },
  };
}

function isProven(head: string, tail: string, probe: string): boolean {
  try {
    return readChunk(JSON.parse(`${head}${probe}${tail}`)).answer === probe;
  } catch {
    return false;
  }
}
