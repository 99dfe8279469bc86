/** Sums by name. Records of one cell have mostly the same names in the same order: then none is looked up. */
export interface Sums {
  /** What is no finite number is left out: lines of journals may be damaged in ways that nobody saw. */
  add(record: Readonly<Record<string, number>>): void;
  entries(): [name: string, sum: number][];
}

export function createSums(): Sums {
  const names: string[] = [];
  const sums: number[] = [];
  const places = new Map<string, number>();
  const placeOf = (name: string) => {
    const known = places.get(name);
    if (known !== undefined) return known;
    places.set(name, names.length);
    sums.push(0);
    return names.push(name) - 1;
  };
  return {
    add(record) {
      let next = 0;
      for (const name in record) {
        const at = names[next] === name ? next : placeOf(name);
        const amount = record[name] as number;
        if (Number.isFinite(amount)) sums[at] = (sums[at] as number) + amount;
        next = at + 1;
      }
    },
    entries: () => names.map((name, at) => [name, sums[at] as number]),
  };
}
