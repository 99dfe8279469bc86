/** A ggml CPU backend with its own thread pool. */
import { TtcError } from '../core/index.ts';
import type { Ggml, Pointer } from './ffi.ts';

export interface Compute extends Disposable {
  readonly backend: Pointer;
  readonly threads: number;
  setThreads(threads: number): void;
}

export function createCompute(ggml: Ggml): Compute {
  const backend = ggml.backend_cpu_init();
  if (!backend) throw new TtcError('E_LIBRARY', 'ggml gives no CPU backend');
  let pool: Pointer | null = null;
  let threads = 0;

  function dropPool(): void {
    if (!pool) return;
    ggml.backend_cpu_set_threadpool(backend as Pointer, null);
    ggml.threadpool_free(pool);
    pool = null;
  }

  return {
    backend,
    get threads() {
      return threads;
    },
    // A pool of one saves building one for every graph.
    setThreads(wanted) {
      dropPool();
      threads = wanted;
      ggml.backend_cpu_set_n_threads(backend, wanted);
      pool = ggml.threadpool_new(ggml.threadpool_params_default(wanted));
      ggml.backend_cpu_set_threadpool(backend, pool);
    },
    [Symbol.dispose]() {
      dropPool();
      ggml.backend_free(backend);
    },
  };
}
