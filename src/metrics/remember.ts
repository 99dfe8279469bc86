/** Texts whose values are kept: the answers of all policies to one sample come one after the other. */
const most = 64;

/**
 * A comparison of two texts that is made once for equal pairs, as long as the reference stays the same: policies that
 * keep the baseline's tokens give its answer again, and several metrics read one comparison.
 */
export function remember<T>(compare: (prediction: string, reference: string) => T) {
  const known = new Map<string, T>();
  let last: string | undefined;
  return (prediction: string, reference: string): T => {
    if (reference !== last || known.size >= most) known.clear();
    last = reference;
    const found = known.get(prediction);
    if (found !== undefined) return found;
    const value = compare(prediction, reference);
    known.set(prediction, value);
    return value;
  };
}
