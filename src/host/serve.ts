import { type Call, type Counters, createMeter, type Generate, now, type Part, TtcError } from '../core/index.ts';
import type { CpuAccount } from './cpu-account.ts';

/**
 * Runs one call and meters it from below: counters of the engine, tokens counted from the parts that left; `active_ms`,
 * the wall time inside the realisation (`active_ms − forward_ms` is the policy's own overhead); `call_cpu_ms`, the CPU
 * time of the whole call except for the building of graphs, which later calls of the same shapes find built.
 */
export async function serve(
  generate: Generate,
  call: Call,
  signal: AbortSignal,
  emit: (part: Part) => void,
  account: CpuAccount,
): Promise<{ counters: Counters; error?: unknown }> {
  const meter = createMeter();
  const { sums } = meter.counters;
  const leave = account.enter(() => (sums.cpu_ms ?? 0) + (sums.graph_cpu_ms ?? 0));
  const counted = () => {
    meter.add('call_cpu_ms', Math.max(0, leave() + (sums.cpu_ms ?? 0)));
    return meter.counters;
  };
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
    return { counters: counted() };
  } catch (error) {
    return { counters: counted(), error };
  }
}
