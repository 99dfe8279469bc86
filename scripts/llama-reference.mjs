/**
 * llama.cpp as a reference: its own libllama, from the npm package that brings our ggml, behind JSON lines.
 *
 *   node scripts/llama-reference.mjs MODEL.gguf [--threads 1] [--flash auto|on|off] [--context 2048] [--variant haswell]
 *
 * One request per line: { "batches": [[ids of the prompt], [id], [id], …], "greedy": 20, "logits": true, "rows": 1 };
 * `greedy` goes on with so many of its own most probable ids, `rows` asks for so many last rows of each batch.
 * One answer per line: { "argmax": [id after each row], "cpuMs": [CPU time of each batch], "wallMs", "logits": [base64 of F32] }.
 * The first line out is { "ready": { "vocabulary": n } }, or { "error": "…" }.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import koffi from 'koffi';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1' },
    flash: { type: 'string', default: 'auto' },
    context: { type: 'string', default: '2048' },
    /** CPU library to use instead of the one llama.cpp would choose. */
    variant: { type: 'string' },
  },
});
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

function libraryFolder() {
  const system = { linux: 'linux', darwin: 'mac', win32: 'win' }[process.platform];
  const metal = process.platform === 'darwin' && process.arch === 'arm64' ? '-metal' : '';
  const name = `${system}-${process.arch}${metal}`;
  return join(dirname(createRequire(import.meta.url).resolve(`@node-llama-cpp/${name}`)), '..', 'bins', name);
}

/** Places of `llama_context_params` fields, in 32-bit words, in llama.cpp v0.4.0. */
const contextWords = { n_ctx: 0, n_batch: 1, n_threads: 7, n_threads_batch: 8, flash_attn_type: 13 };
/** What those words hold by default: another layout must stop us, not give wrong numbers. */
const contextDefaults = { n_ctx: 512, n_batch: 2048, flash_attn_type: 2 ** 32 - 1 };
const flashTypes = { auto: 2 ** 32 - 1, off: 0, on: 1 };

function loadLlama() {
  const folder = libraryFolder();
  const find = (pattern) =>
    join(
      folder,
      readdirSync(folder).find((file) => pattern.test(file)),
    );
  const base = koffi.load(find(/ggml-base\./));
  const ggml = koffi.load(find(/^(lib)?ggml\.(?!.*base)/));
  const llama = koffi.load(find(/^(lib)?llama\.(v[\d.]+\.)?(so|dylib|dll)$/));
  const silent = ggml.symbol('ggml_backend_dev_count');
  base.func('ggml_log_set', 'void', ['void*', 'void*'])(silent, null);
  llama.func('llama_log_set', 'void', ['void*', 'void*'])(silent, null);
  if (options.variant) ggml.func('void* ggml_backend_load(str)')(find(new RegExp(`ggml-cpu-${options.variant}\\.`)));
  else ggml.func('void ggml_backend_load_all_from_path(str)')(`${folder}/`);
  // Larger than either struct: they are passed by value, and only named words are touched.
  const params = koffi.struct({ words: koffi.array('uint32', 128) });
  const batch = koffi.struct({
    n_tokens: 'int32',
    token: 'void*',
    embd: 'void*',
    pos: 'void*',
    n_seq_id: 'void*',
    seq_id: 'void*',
    logits: 'void*',
  });
  return {
    modelDefaults: llama.func('llama_model_default_params', params, []),
    contextDefaults: llama.func('llama_context_default_params', params, []),
    loadModel: llama.func('llama_model_load_from_file', 'void*', ['str', params]),
    createContext: llama.func('llama_init_from_model', 'void*', ['void*', params]),
    oneSequence: llama.func('llama_batch_get_one', batch, ['void*', 'int32']),
    decode: llama.func('llama_decode', 'int', ['void*', batch]),
    logits: llama.func('llama_get_logits_ith', 'void*', ['void*', 'int']),
    memory: llama.func('llama_get_memory', 'void*', ['void*']),
    clear: llama.func('llama_memory_clear', 'void', ['void*', 'bool']),
    vocabulary: llama.func('llama_model_get_vocab', 'void*', ['void*']),
    vocabularySize: llama.func('llama_vocab_n_tokens', 'int', ['void*']),
  };
}

function open(path) {
  const llama = loadLlama();
  const model = llama.loadModel(path, llama.modelDefaults());
  if (!model) throw new Error(`llama.cpp cannot load ${path}`);
  const params = llama.contextDefaults();
  for (const [field, expected] of Object.entries(contextDefaults)) {
    if (params.words[contextWords[field]] !== expected) throw new Error(`llama_context_params moved: ${field}`);
  }
  params.words[contextWords.n_ctx] = Number(options.context);
  params.words[contextWords.n_threads] = Number(options.threads);
  params.words[contextWords.n_threads_batch] = Number(options.threads);
  params.words[contextWords.flash_attn_type] = flashTypes[options.flash];
  const context = llama.createContext(model, params);
  if (!context) throw new Error('llama.cpp gives no context');
  return { llama, context, vocabulary: llama.vocabularySize(llama.vocabulary(model)) };
}

function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** A batch of tokens after those before, with logits of its last `rows`. */
function batchOf(llama, tokens, rows) {
  const batch = llama.oneSequence(tokens, tokens.length);
  const flags = koffi.alloc('int8', tokens.length);
  new Int8Array(koffi.view(flags, tokens.length)).fill(0).fill(1, -rows);
  return { batch: { ...batch, logits: flags }, free: () => koffi.free(flags) };
}

function play({ llama, context, vocabulary }, { batches, greedy = 0, logits: wanted = false, rows = 1 }) {
  llama.clear(llama.memory(context), true);
  const answer = { argmax: [], cpuMs: [], wallMs: [], logits: [] };
  for (let step = 0; step < batches.length + greedy; step++) {
    const tokens = Int32Array.from(batches[step] ?? [answer.argmax.at(-1)]);
    const { batch, free } = batchOf(llama, tokens, rows);
    const started = performance.now();
    const before = process.cpuUsage();
    const status = llama.decode(context, batch);
    const { user, system } = process.cpuUsage(before);
    answer.wallMs.push(performance.now() - started);
    answer.cpuMs.push((user + system) / 1000);
    free();
    if (status !== 0) throw new Error(`llama_decode: ${status}`);
    for (let row = Math.min(rows, tokens.length); row > 0; row--) {
      const values = new Float32Array(koffi.view(llama.logits(context, -row), vocabulary * 4));
      answer.argmax.push(argmax(values));
      if (wanted) answer.logits.push(Buffer.from(values.slice().buffer).toString('base64'));
    }
  }
  return answer;
}

try {
  const opened = open(positionals[0]);
  say({ ready: { vocabulary: opened.vocabulary } });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(play(opened, JSON.parse(line)));
    } catch (error) {
      say({ error: error.message });
    }
  }
} catch (error) {
  say({ error: error.message });
}
process.exit();
