/** From accepted token ids to the parts of a stream: end tokens, token limit, stop strings, whole characters. */
import {
  type Call,
  type EndReason,
  type Mark,
  now,
  type TextPart,
  type Tokenizer,
  type TokenLogprobs,
  TtcError,
} from '../core/index.ts';
import { createDetokeniser } from './detokenise.ts';
import { createStops } from './stops.ts';

export interface Emitted {
  /** Absent while the step's text is held back. */
  part?: TextPart;
  /** Set from the step on that ended the answer; later ids are dropped. */
  ended?: EndReason;
}

export interface Emitter {
  /** Ids counted so far. */
  readonly count: number;
  /** Ids that may still come. Draft at most one less: the verifying pass adds a token of its own. */
  readonly remaining: number;
  /** Takes the ids of one engine step in order; marks and log-probabilities have one entry per id. */
  step(ids: readonly number[], marks?: readonly Mark[], logprobs?: readonly TokenLogprobs[]): Emitted;
}

/** A token with what is known about it. */
interface Noted {
  id: number;
  mark: Mark | undefined;
  logprob: TokenLogprobs | undefined;
}

/**
 * The emitter of one call. However the same ids are cut into steps, the texts, ids and end reason together are equal.
 * - The end token ends the answer with `stop`; it is neither in `ids` nor counted.
 * - The `maxTokens`-th token ends it with `length`, unless it completes a stop string.
 * - A stop string ends it with `stop`; the text ends before it, `ids` includes every token up to the one that
 *   completed it, because that work was done. A control token shows as nothing, yet a stop string may name it.
 * - Ids wait until their text can be shown (half a character, or what may begin a stop string), and a part is stamped
 *   when it leaves. Text is empty only in a last part whose tokens show nothing.
 * @throws E_ARGUMENT for a token limit that is no count
 */
export function createEmitter(
  tokenizer: Pick<Tokenizer, 'bytes' | 'endIds' | 'controlText'>,
  call: Pick<Call, 'maxTokens' | 'stop'>,
): Emitter {
  if (!(Number.isInteger(call.maxTokens) && call.maxTokens >= 0))
    throw new TtcError('E_ARGUMENT', `maxTokens must be a count: ${call.maxTokens}`);
  const detokeniser = createDetokeniser(tokenizer);
  const stops = createStops(call.stop);
  let waiting: Noted[] = [];
  let text = '';
  let count = 0;
  let ended: EndReason | undefined = call.maxTokens === 0 ? 'length' : undefined;

  const show = (piece: string, hidden = false) => {
    const shown = stops.push(piece, hidden);
    text += shown.text;
    if (shown.stopped) ended = 'stop';
  };
  const finish = (reason: EndReason) => {
    ended = reason;
    show(detokeniser.flush());
    text += stops.flush();
  };
  const take = (token: Noted) => {
    if (tokenizer.endIds.has(token.id)) return finish('stop');
    waiting.push(token);
    count++;
    show(detokeniser.push(token.id));
    const control = tokenizer.controlText?.(token.id) ?? '';
    if (!ended && control !== '' && call.stop?.some((stop) => stop.includes(control))) show(control, true);
    if (!ended && count >= call.maxTokens) finish('length');
  };
  const release = (): TextPart | undefined => {
    if (text === '' && !(ended && waiting.length > 0)) return undefined;
    const part = partOf(text, waiting);
    text = '';
    waiting = [];
    return part;
  };

  return {
    get count() {
      return count;
    },
    get remaining() {
      return ended ? 0 : call.maxTokens - count;
    },
    step(ids, marks = [], logprobs = []) {
      for (const [index, id] of ids.entries()) if (!ended) take({ id, mark: marks[index], logprob: logprobs[index] });
      const part = release();
      return { ...(part && { part }), ...(ended && { ended }) };
    },
  };
}

function partOf(text: string, tokens: readonly Noted[]): TextPart {
  const logprobs = tokens.flatMap(({ logprob }) => logprob ?? []);
  return {
    type: 'text',
    at: now(),
    text,
    channel: 'answer',
    ids: tokens.map(({ id }) => id),
    ...(logprobs.length > 0 && { logprobs }),
    ...(tokens.some(({ mark }) => mark) && { marks: tokens.map(({ mark }) => mark ?? {}) }),
  };
}
