// llama.cpp's own tokenizer, run in a process of its own: `node llama-cpp.mjs MODEL < strings.json > ids.json`.
// Input: { strings: string[] }. Output: { plain: number[][], special: number[][], ends: number[] }.
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';

const platform = { linux: `linux-${process.arch}`, darwin: process.arch === 'arm64' ? 'mac-arm64-metal' : 'mac-x64' };
const name = platform[process.platform] ?? `win-${process.arch}`;
const folder = join(import.meta.dirname, '../../node_modules/@node-llama-cpp', name, 'bins', name);
const file = (stem) =>
  readdirSync(folder).find((entry) => new RegExp(`^(lib)?${stem}(\\.v[\\d.]+)?\\.(so|dylib|dll)$`).test(entry));
for (const stem of ['ggml-base', 'ggml']) koffi.load(join(folder, file(stem)));
const llama = koffi.load(join(folder, file('llama')));

// llama_model_params is larger than what is used of it here; vocab_only is the first of its flags, at byte 72.
const Params = koffi.struct('llama_model_params', { bytes: koffi.array('uint8', 256) });
const defaults = llama.func('llama_model_default_params', Params, []);
const load = llama.func('llama_model_load_from_file', 'void*', ['str', Params]);
const vocabularyOf = llama.func('llama_model_get_vocab', 'void*', ['void*']);
const size = llama.func('llama_vocab_n_tokens', 'int', ['void*']);
const isEnd = llama.func('llama_vocab_is_eog', 'bool', ['void*', 'int']);
const tokenize = llama.func('int llama_tokenize(void*, const uint8_t*, int, _Out_ int32_t*, int, bool, bool)');
const setLog = llama.func('llama_log_set', 'void', ['void*', 'void*']);
// a native function without effect: a JavaScript one could deadlock
setLog(llama.symbol('llama_supports_mmap', 'bool'), null);

const params = defaults();
// the flags: vocab_only, check_tensors, use_extra_bufts (the only one that is on by default), no_host
if (params.bytes.slice(72, 76).join() !== '0,0,1,0') throw new Error('llama_model_params has another layout');
params.bytes[72] = 1;
const model = load(process.argv[2], params);
if (!model) throw new Error(`llama.cpp cannot load ${process.argv[2]}`);
const vocabulary = vocabularyOf(model);

function encode(text, special) {
  const bytes = Buffer.from(text, 'utf8');
  const ids = new Int32Array(bytes.length + 8);
  const count = tokenize(vocabulary, bytes, bytes.length, ids, ids.length, false, special);
  if (count < 0) throw new Error(`llama_tokenize: ${count} for ${JSON.stringify(text)}`);
  return [...ids.subarray(0, count)];
}
const { strings } = JSON.parse(readFileSync(0, 'utf8'));
const result = {
  plain: strings.map((text) => encode(text, false)),
  special: strings.map((text) => encode(text, true)),
  ends: Array.from({ length: size(vocabulary) }, (_, id) => id).filter((id) => isEnd(vocabulary, id)),
};
let rest = Buffer.from(JSON.stringify(result));
while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
process.exit(0);
