import type { CallRecord, Counters, Meter } from './call.ts';

/** A meter that keeps its counts; `counters` is live. */
export function createMeter(): Meter & { readonly counters: Counters } {
  const counters: Counters = { sums: {}, tallies: {}, calls: [] };
  return {
    counters,
    add(counter, amount) {
      counters.sums[counter] = (counters.sums[counter] ?? 0) + amount;
    },
    peak(counter, value) {
      counters.sums[counter] = Math.max(counters.sums[counter] ?? 0, value);
    },
    tally(counter, bucket, amount = 1) {
      counters.tallies[counter] ??= {};
      const buckets = counters.tallies[counter];
      buckets[bucket] = (buckets[bucket] ?? 0) + amount;
    },
    call(record: CallRecord) {
      counters.calls.push(record);
    },
  };
}

/** Charges finished counters to a live meter: names ending in `_peak` keep their maximum. */
export function charge(meter: Meter, counters: Counters): void {
  for (const [name, amount] of Object.entries(counters.sums)) {
    if (name.endsWith('_peak')) meter.peak(name, amount);
    else meter.add(name, amount);
  }
  for (const [name, buckets] of Object.entries(counters.tallies)) {
    for (const [bucket, amount] of Object.entries(buckets)) meter.tally(name, Number(bucket), amount);
  }
  for (const record of counters.calls) meter.call(record);
}
