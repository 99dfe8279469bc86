import { type Call, type Counters, createMeter, type Generate, now, type Part, TtcError } from '../core/index.ts';

/**
 * Runs one call and meters it from below: counters of the engine, tokens counted from the parts that left, and
 * `active_ms`, the wall time inside the realisation (`active_ms − forward_ms` is the policy's own overhead).
 */
export async function serve(
  generate: Generate,
  call: Call,
  signal: AbortSignal,
  emit: (part: Part) => void,
): Promise<{ counters: Counters; error?: unknown }> {
  const meter = createMeter();
  const iterator = generate(call, { signal, meter })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const entered = now();
      const { value: part, done } = await iterator.next();
      meter.add('active_ms', Number(now() - entered) / 1e6);
      if (done) break;
      if (part.type === 'text') meter.add('completion_tokens', part.ids?.length ?? 0);
      emit(part);
      if (signal.aborted) {
        await iterator.return?.();
        throw new TtcError('E_ABORTED', 'the call was aborted');
      }
    }
    return { counters: meter.counters };
  } catch (error) {
    return { counters: meter.counters, error };
  }
}
