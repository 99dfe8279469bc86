/** Drafts out of a text that the caller expects as most of the answer. */

export interface Prediction {
  /** Takes the next token of the answer. */
  follow(id: number): void;
  /** Up to `count` tokens that the prediction has next; empty where the answer has left it. */
  draft(count: number): number[];
}

/** Longest and shortest end of the answer by which its place in the prediction is found again. */
const longest = 4;
const shortest = 2;

/**
 * As long as the answer is the prediction, its place is known. Where the two part, the place is found again by the
 * answer's last 4, 3 or 2 tokens: the nearest one behind the place where they parted, else the first before it.
 */
export function createPrediction(ids: readonly number[]): Prediction {
  const tail: number[] = [];
  /** Next token of the prediction; undefined while the answer is elsewhere. */
  let at: number | undefined = 0;
  let parted = 0;

  function placeAfter(length: number): number | undefined {
    const wanted = tail.slice(-length);
    const ends = (end: number) => wanted.every((id, back) => ids[end - length + back] === id);
    for (let end = Math.max(parted, length); end <= ids.length; end++) if (ends(end)) return end;
    for (let end = length; end < Math.min(parted, ids.length + 1); end++) if (ends(end)) return end;
    return undefined;
  }

  return {
    follow(id) {
      tail.push(id);
      if (tail.length > longest) tail.shift();
      if (at !== undefined && ids[at] === id) {
        at++;
        return;
      }
      parted = at ?? parted;
      at = undefined;
      for (let length = tail.length; length >= shortest && at === undefined; length--) at = placeAfter(length);
    },
    draft: (count) => (at === undefined ? [] : ids.slice(at, at + count)),
  };
}
