/** ggml's C API, typed: each function under its C name without the prefix `ggml_`. */
import koffi, { type LibraryHandle } from 'koffi';
import { TtcError } from '../core/index.ts';
import { type Libraries, loadLibraries } from './library.ts';

/** Address of native memory. */
export type Pointer = bigint;

/** Numbers of `enum ggml_type` that the engine names in code. */
export const tensorType = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, I32: 26 } as const;

const initParams = koffi.struct({ mem_size: 'size_t', mem_buffer: 'void*', no_alloc: 'bool' });
const threadPoolParams = koffi.struct({
  cpumask: koffi.array('bool', 512),
  n_threads: 'int',
  prio: 'int',
  poll: 'uint32',
  strict_cpu: 'bool',
  paused: 'bool',
});

/** Our short names of C types: [what koffi calls it, the TypeScript type it becomes]. */
const types = {
  void: 'void',
  pointer: 'void*',
  nullable: 'void*',
  int: 'int',
  byte: 'uint8',
  int64: 'int64',
  size: 'size_t',
  float: 'float',
  bool: 'bool',
  string: 'str',
  bytes: 'const void*',
  initParams,
  threadPoolParams,
  threadPoolParamsIn: koffi.pointer(threadPoolParams),
} as const;

interface TypeScriptTypes {
  void: undefined;
  pointer: Pointer;
  nullable: Pointer | null;
  int: number;
  byte: number;
  int64: number;
  size: number;
  float: number;
  bool: boolean;
  string: string;
  bytes: Uint8Array;
  initParams: { mem_size: number; mem_buffer: null; no_alloc: boolean };
  threadPoolParams: { n_threads: number; poll: number };
  threadPoolParamsIn: { n_threads: number; poll: number };
}

type CType = keyof typeof types;
/** Result first, then the arguments. */
type Signature = readonly [CType, ...CType[]];
type Arguments<T extends readonly CType[]> = { [I in keyof T]: TypeScriptTypes[T[I]] };
type Native<S> = S extends readonly [infer R extends CType, ...infer A extends readonly CType[]]
  ? (...args: Arguments<A>) => TypeScriptTypes[R]
  : never;

const baseFunctions = {
  // contexts and tensors; a tensor's first dimension is the contiguous one
  init: ['pointer', 'initParams'],
  free: ['void', 'pointer'],
  tensor_overhead: ['size'],
  new_tensor_1d: ['pointer', 'pointer', 'int', 'int64'],
  new_tensor_2d: ['pointer', 'pointer', 'int', 'int64', 'int64'],
  new_tensor_3d: ['pointer', 'pointer', 'int', 'int64', 'int64', 'int64'],
  new_tensor_4d: ['pointer', 'pointer', 'int', 'int64', 'int64', 'int64', 'int64'],
  get_data: ['nullable', 'pointer'],
  nbytes: ['size', 'pointer'],
  set_input: ['void', 'pointer'],
  set_output: ['void', 'pointer'],
  // shapes
  view_1d: ['pointer', 'pointer', 'pointer', 'int64', 'size'],
  view_2d: ['pointer', 'pointer', 'pointer', 'int64', 'int64', 'size', 'size'],
  view_3d: ['pointer', 'pointer', 'pointer', 'int64', 'int64', 'int64', 'size', 'size', 'size'],
  view_4d: ['pointer', 'pointer', 'pointer', 'int64', 'int64', 'int64', 'int64', 'size', 'size', 'size', 'size'],
  reshape_2d: ['pointer', 'pointer', 'pointer', 'int64', 'int64'],
  reshape_3d: ['pointer', 'pointer', 'pointer', 'int64', 'int64', 'int64'],
  reshape_4d: ['pointer', 'pointer', 'pointer', 'int64', 'int64', 'int64', 'int64'],
  permute: ['pointer', 'pointer', 'pointer', 'int', 'int', 'int', 'int'],
  transpose: ['pointer', 'pointer', 'pointer'],
  cont: ['pointer', 'pointer', 'pointer'],
  // operations
  add: ['pointer', 'pointer', 'pointer', 'pointer'],
  mul: ['pointer', 'pointer', 'pointer', 'pointer'],
  mul_mat: ['pointer', 'pointer', 'pointer', 'pointer'],
  mul_mat_id: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer'],
  out_prod: ['pointer', 'pointer', 'pointer', 'pointer'],
  sum_rows: ['pointer', 'pointer', 'pointer'],
  rms_norm: ['pointer', 'pointer', 'pointer', 'float'],
  norm: ['pointer', 'pointer', 'pointer', 'float'],
  gelu_erf: ['pointer', 'pointer', 'pointer'],
  get_rows: ['pointer', 'pointer', 'pointer', 'pointer'],
  set_rows: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer'],
  repeat_4d: ['pointer', 'pointer', 'pointer', 'int64', 'int64', 'int64', 'int64'],
  cpy: ['pointer', 'pointer', 'pointer', 'pointer'],
  cast: ['pointer', 'pointer', 'pointer', 'int'],
  swiglu: ['pointer', 'pointer', 'pointer'],
  swiglu_split: ['pointer', 'pointer', 'pointer', 'pointer'],
  // context, x, positions, frequency factors, dimensions, mode, original context, base, scale, 4 YaRN numbers
  rope_ext: [
    'pointer',
    'pointer',
    'pointer',
    'pointer',
    'nullable',
    'int',
    'int',
    'int',
    'float',
    'float',
    'float',
    'float',
    'float',
    'float',
  ],
  soft_max_ext: ['pointer', 'pointer', 'pointer', 'nullable', 'float', 'float'],
  flash_attn_ext: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'nullable', 'float', 'float', 'float'],
  // graphs
  new_graph_custom: ['pointer', 'pointer', 'size', 'bool'],
  graph_overhead_custom: ['size', 'size', 'bool'],
  graph_n_nodes: ['int', 'pointer'],
  build_forward_expand: ['void', 'pointer', 'pointer'],
  gallocr_new: ['pointer', 'pointer'],
  gallocr_reserve: ['bool', 'pointer', 'pointer'],
  gallocr_alloc_graph: ['bool', 'pointer', 'pointer'],
  gallocr_get_buffer_size: ['size', 'pointer', 'int'],
  gallocr_free: ['void', 'pointer'],
  // memory and devices
  backend_get_default_buffer_type: ['pointer', 'pointer'],
  backend_buft_name: ['string', 'pointer'],
  backend_buft_get_alloc_size: ['size', 'pointer', 'pointer'],
  backend_alloc_ctx_tensors_from_buft: ['nullable', 'pointer', 'pointer'],
  backend_buffer_get_base: ['pointer', 'pointer'],
  backend_buffer_get_size: ['size', 'pointer'],
  backend_buffer_clear: ['void', 'pointer', 'byte'],
  backend_buffer_free: ['void', 'pointer'],
  backend_tensor_alloc: ['int', 'pointer', 'pointer', 'pointer'],
  backend_tensor_set: ['void', 'pointer', 'bytes', 'size', 'size'],
  backend_graph_compute: ['int', 'pointer', 'pointer'],
  backend_free: ['void', 'pointer'],
  backend_reg_dev_get: ['pointer', 'pointer', 'size'],
  backend_reg_get_proc_address: ['nullable', 'pointer', 'string'],
  backend_dev_supports_op: ['bool', 'pointer', 'pointer'],
  threadpool_params_default: ['threadPoolParams', 'int'],
} as const satisfies Record<string, Signature>;

const cpuFunctions = {
  backend_cpu_init: ['nullable'],
  backend_cpu_reg: ['pointer'],
  backend_cpu_set_n_threads: ['void', 'pointer', 'int'],
  backend_cpu_set_threadpool: ['void', 'pointer', 'nullable'],
  threadpool_new: ['nullable', 'threadPoolParamsIn'],
  threadpool_free: ['void', 'pointer'],
} as const satisfies Record<string, Signature>;

type Functions<T> = { [K in keyof T]: Native<T[K]> };

export interface Ggml extends Functions<typeof baseFunctions>, Functions<typeof cpuFunctions> {
  readonly variant: string;
  readonly version: string;
  /** `length` bytes of native memory. */
  view(address: Pointer, length: number): ArrayBuffer;
  /** Asks for huge pages for memory that was not touched yet. */
  preferHugePages(address: Pointer, length: number): void;
}

function bind<T extends Record<string, Signature>>(library: LibraryHandle, table: T): Functions<T> {
  const entries = Object.entries(table).map(([name, [result, ...args]]) => {
    const parameters = args.map((type) => types[type]);
    return [name, library.func(`ggml_${name}`, types[result], parameters)];
  });
  return Object.fromEntries(entries);
}

/** A native function of libc; undefined where the platform gives no way to it. */
function fromLibc<T>(find: (libc: LibraryHandle) => T): T | undefined {
  try {
    return find(koffi.load(null));
  } catch {
    return undefined;
  }
}

/**
 * Log and abort callbacks must be native: a JavaScript one deadlocks when ggml calls it on a pool thread while the
 * JavaScript thread waits in graph_compute. Any function without effect serves for logs; libc's perror prints the
 * message of a failed assert before SIGABRT.
 */
function quieten({ base, cpu }: Libraries): void {
  const silent = cpu.symbol('ggml_cpu_has_avx');
  base.func('ggml_log_set', 'void', ['void*', 'void*'])(silent, null);
  const perror = fromLibc((libc) => libc.symbol('perror'));
  if (perror) base.func('ggml_set_abort_callback', 'void*', ['void*'])(perror);
}

/**
 * Large blocks come straight from mmap and go back on free. With glibc's sliding threshold, memory crept from 271 to
 * 442 MB over 100 requests; with a fixed one it stayed flat.
 */
function keepMemoryFlat(): void {
  const mallopt = fromLibc((libc) => libc.func('int mallopt(int, int)'));
  const mmapThreshold = -3; // M_MMAP_THRESHOLD
  mallopt?.(mmapThreshold, 65536);
}

/**
 * Weights and caches are read from end to end for every token; with huge pages one core read 19.9 instead of 14.7 GB/s.
 * Linux gives them on request where its setting is `madvise`, the default of most distributions.
 */
function hugePageAdvice(): (address: Pointer, length: number) => void {
  const madvise = fromLibc((libc) => libc.func('int madvise(void*, size_t, int)'));
  const page = 4096n;
  const hugePages = 14; // MADV_HUGEPAGE
  return (address, length) => {
    const start = ((address + page - 1n) / page) * page;
    const end = ((address + BigInt(length)) / page) * page;
    if (end > start) madvise?.(start, Number(end - start), hugePages);
  };
}

let loaded: Ggml | undefined;

/** The library, loaded once per process. @throws E_LIBRARY */
export function loadGgml(): Ggml {
  if (loaded) return loaded;
  const libraries = loadLibraries();
  try {
    quieten(libraries);
    loaded = {
      ...bind(libraries.base, baseFunctions),
      ...bind(libraries.cpu, cpuFunctions),
      variant: libraries.variant,
      version: libraries.version,
      view: (address, length) => koffi.view(address, length),
      preferHugePages: process.platform === 'linux' ? hugePageAdvice() : () => undefined,
    };
  } catch (cause) {
    throw new TtcError('E_LIBRARY', `ggml ${libraries.version} lacks a function: ${(cause as Error).message}`, {
      help: 'install the version of @node-llama-cpp that package.json names',
      cause,
    });
  }
  if (process.platform === 'linux') keepMemoryFlat();
  return loaded;
}

/** Calls a function that ggml hands out by address: `ggml_backend_dev_get_extra_bufts(device)`. */
export function extraBufferTypes(ggml: Ggml): Pointer[] {
  const registry = ggml.backend_cpu_reg();
  const address = ggml.backend_reg_get_proc_address(registry, 'ggml_backend_dev_get_extra_bufts');
  if (!address) return [];
  const list = koffi.call(address, koffi.proto('void*', ['void*']), ggml.backend_reg_dev_get(registry, 0));
  const found: Pointer[] = [];
  for (let at = 0; ; at++) {
    const entry = koffi.decode(list, at * koffi.sizeof('void*'), 'void*') as Pointer | null;
    if (!entry) return found;
    found.push(entry);
  }
}
