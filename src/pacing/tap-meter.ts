import type { CallRecord, Meter } from '../core/index.ts';

/** The same meter, with every call record seen, and if need be changed, on its way. */
export function tapMeter(meter: Meter, see: (record: CallRecord) => CallRecord): Meter {
  return {
    add: (counter, amount) => meter.add(counter, amount),
    peak: (counter, value) => meter.peak(counter, value),
    tally: (counter, bucket, amount) => meter.tally(counter, bucket, amount),
    call: (record) => meter.call(see(record)),
  };
}
