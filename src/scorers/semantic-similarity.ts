import { hash, type Similarity } from '../core/index.ts';

/** Vectors of length 1 for texts, in their order. */
export type Encode = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

const isBlank = (text: string) => text.trim() === '';

/**
 * Cosines of texts by an encoder. A blank text and one that is not have 0: encoders give silence a vector, too, and it
 * resembles many texts a little. A text is encoded once as long as it is among the `capacity` used last: references
 * come up again with every policy, and policies that change nothing give equal answers.
 * @param encoder its name, which labels every score
 */
export function createSimilarity(encoder: string, encode: Encode, capacity = 4096): Similarity {
  const known = new Map<string, Float32Array>();

  async function vectorsOf(texts: readonly string[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    const unknown = new Map<string, string>();
    for (const text of texts) {
      const key = hash(text);
      const vector = known.get(key);
      if (vector) found.set(text, vector);
      else unknown.set(key, text);
    }
    const encoded = unknown.size > 0 ? await encode([...unknown.values()]) : [];
    [...unknown.values()].forEach((text, at) => {
      found.set(text, encoded[at] as Float32Array);
    });
    for (const [text, vector] of found) remember(hash(text), vector);
    return found;
  }

  function remember(key: string, vector: Float32Array): void {
    known.delete(key);
    known.set(key, vector);
    if (known.size > capacity) known.delete(known.keys().next().value as string);
  }

  async function compare(a: readonly string[], b: readonly string[]): Promise<number[][]> {
    const vectors = await vectorsOf([...a, ...b]);
    const vectorOf = (text: string) => vectors.get(text) as Float32Array;
    const cosine = (x: string, y: string) => {
      if (x === y) return 1;
      if (isBlank(x) !== isBlank(y)) return 0;
      // Rounding takes the cosine of texts with the same vector to either side of 1.
      return Math.max(-1, Math.min(1, dot(vectorOf(x), vectorOf(y))));
    };
    return a.map((x) => b.map((y) => cosine(x, y)));
  }

  return Object.assign(compare, { encoder });
}
