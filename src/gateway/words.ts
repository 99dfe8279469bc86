/** What the simulated model says: a fixed function of seed and prompt, so that a started answer can be continued. */
import { createRandom, type Random, seedOf } from '../core/index.ts';

export interface SimulatedMessage {
  role: string;
  content: string;
  /** The tool calls of an assistant's message, as they came. */
  toolCalls?: string;
}

export interface SayOptions {
  seed: number;
  messages: readonly SimulatedMessage[];
  /** Above 0 the call's own seed counts too. */
  temperature: number;
  callSeed: number;
  /** Whether a last assistant message is continued; else the answer starts anew. */
  continues: boolean;
  /** Share of words in which this model differs from the others. */
  deviation: number;
  model: string;
}

const vocabulary = (
  'the a of to and in is it for on with as at by from this that an order account customer case field value record name ' +
  'date total region product support sales agent policy rule step check first then next after before because however ' +
  'result answer reason list count average open closed new old high low small large café naïve 😀 done more less each'
).split(' ');

const pick = (random: Random): string => vocabulary[Math.floor(random() * vocabulary.length)] as string;

/** Tokens of a whole answer: each but the first begins with a space. */
function fullAnswer(key: number, random = createRandom(key)): string[] {
  const length = 24 + Math.floor(random() * 120);
  return Array.from({ length }, (_, i) => {
    const word = pick(random);
    if (i === 0) return word;
    return (i + 1) % 12 === 0 ? ` ${word}.` : ` ${word}`;
  });
}

/** The tokens that are left of an answer after its first `characters`; a token cut in the middle gives its rest. */
function after(tokens: readonly string[], characters: number): string[] {
  const rest: string[] = [];
  let from = 0;
  for (const token of tokens) {
    const piece = token.slice(Math.max(0, characters - from));
    from += token.length;
    if (piece !== '' && from > characters) rest.push(piece);
  }
  return rest;
}

function deviate(tokens: readonly string[], { deviation, model, seed }: SayOptions): string[] {
  if (deviation <= 0) return [...tokens];
  const random = createRandom(seedOf(seed, 'deviation', model));
  return tokens.map((token) => (random() < deviation ? token.replace(/[^\s.]+/, pick(random)) : token));
}

/** Tokens the model would write, without any limit on their number. */
export function say(options: SayOptions): string[] {
  const last = options.messages.at(-1);
  const started = options.continues && last?.role === 'assistant' ? last.content : '';
  const asked = started === '' ? options.messages : options.messages.slice(0, -1);
  const sampled = options.temperature > 0 ? options.callSeed : 0;
  const key = seedOf(
    options.seed,
    sampled,
    ...asked.flatMap(({ role, content, toolCalls }) => [role, content, ...(toolCalls ? [toolCalls] : [])]),
  );
  const whole = deviate(fullAnswer(key), options);
  if (whole.join('').startsWith(started)) return after(whole, started.length);
  // Something else than this model would have said: it goes on from there, always in the same way.
  return deviate(fullAnswer(seedOf(key, started)), options).map((token, i) => (i === 0 ? ` ${token}` : token));
}

/** Up to the first stop string; a token that the cut goes through keeps its start. */
export function untilStop(tokens: readonly string[], stops: readonly string[]): string[] {
  const text = tokens.join('');
  const cuts = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
  const end = Math.min(text.length, ...cuts);
  const kept: string[] = [];
  let from = 0;
  for (const token of tokens) {
    const piece = token.slice(0, Math.max(0, end - from));
    from += token.length;
    if (piece !== '') kept.push(piece);
  }
  return kept;
}

/** About 4 characters a token, and the frame of the chat template. */
export const promptTokens = ({
  messages,
  tools,
}: {
  messages: readonly SimulatedMessage[];
  tools: readonly unknown[];
}) =>
  messages.reduce(
    (sum, { content, toolCalls = '' }) => sum + Math.ceil((content.length + toolCalls.length) / 4) + 4,
    3 + (tools.length > 0 ? Math.ceil(JSON.stringify(tools).length / 4) : 0),
  );

/** A text that was written for the model, as its tokens. */
export const tokensOf = (text: string): string[] => text.match(/^\S+|\s*\S+|\s+$/g) ?? [];
