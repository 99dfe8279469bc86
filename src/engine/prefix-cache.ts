/**
 * K and V of the newest prompt, kept between calls: what the next prompt shares with it is copied, not computed. Only
 * whole chunks of the prompt's grid are shared. So the passes that are left are the very ones that would have run
 * without it, and every bit is the same on either prefill path. Memory is bounded: one prompt is kept.
 */
import type { KvBuffer, KvPool } from './kv-buffer.ts';
import type { KvSequence } from './kv-sequence.ts';

export interface KeptPrompt extends Disposable {
  /** Copies the shared beginning into an empty sequence. @returns tokens that are in it now */
  fill(sequence: KvSequence, ids: readonly number[]): number;
  /** Keeps the prompt that this sequence holds, and nothing else. */
  keep(sequence: KvSequence, ids: readonly number[]): void;
}

export function createKeptPrompt(pool: Pick<KvPool, 'take' | 'giveBack'>, chunk: number): KeptPrompt {
  let buffer: KvBuffer | undefined;
  let used = 0;
  /** The tokens whose K and V the buffer holds, in whole chunks. */
  let kept: readonly number[] = [];

  const wholeChunks = (tokens: number) => Math.floor(tokens / chunk) * chunk;

  function shared(ids: readonly number[]): number {
    let length = 0;
    while (length < kept.length && length < ids.length && kept[length] === ids[length]) length++;
    return wholeChunks(length);
  }

  function release(): void {
    if (buffer) pool.giveBack(buffer, used);
    buffer = undefined;
    used = 0;
    kept = [];
  }

  return {
    fill(sequence, ids) {
      // The last token has to run: its logits choose the first of the answer.
      const tokens = Math.min(shared(ids), wholeChunks(ids.length - 1));
      if (!buffer || tokens === 0) return 0;
      sequence.fillFrom(buffer, tokens);
      return tokens;
    },
    keep(sequence, ids) {
      const tokens = wholeChunks(ids.length);
      let from = shared(ids);
      if (!buffer || buffer.slots < tokens) {
        release();
        from = 0;
        buffer = pool.take(tokens);
      }
      sequence.copyTo(buffer, from, tokens);
      used = Math.max(used, tokens);
      kept = ids.slice(0, tokens);
    },
    [Symbol.dispose]: release,
  };
}
