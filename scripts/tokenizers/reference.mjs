// References for the tokenizer: llama.cpp (always there) and Hugging Face tokenizers (where Python has it).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const characters = ((isPrintable) => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
})((byte) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad));

/** GGUF metadata of a vocabulary of bytes, merges, whole pieces and special tokens. */
export function metadataOf({ merges, whole, control, userDefined }, pre) {
  const plain = [...characters, ...merges.map((pair) => pair.replace(' ', '')), ...whole];
  const tokens = [...new Set(plain), ...control, ...userDefined];
  const typeOf = (token) => (control.includes(token) ? 3 : userDefined.includes(token) ? 4 : 1);
  return {
    'general.architecture': 'llama',
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': pre,
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': tokens.map(typeOf),
    'tokenizer.ggml.merges': merges,
    ...(control[0] && { 'tokenizer.ggml.eos_token_id': tokens.indexOf(control[0]) }),
  };
}

/** A GGUF file with metadata and no tensors. */
function vocabularyFile(metadata) {
  const chunks = [];
  const u32 = (value) => chunks.push(Buffer.from(Uint32Array.of(value).buffer));
  const u64 = (value) => chunks.push(Buffer.from(BigUint64Array.of(BigInt(value)).buffer));
  const text = (value) => {
    u64(Buffer.byteLength(value));
    chunks.push(Buffer.from(value));
  };
  const list = (type, values, write) => {
    u32(9);
    u32(type);
    u64(values.length);
    for (const value of values) write(value);
  };
  u32(0x46554747);
  u32(3);
  u64(0);
  u64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    text(key);
    if (typeof value === 'string') {
      u32(8);
      text(value);
    } else if (typeof value === 'number') {
      u32(4);
      u32(value);
    } else if (typeof value[0] === 'string') list(8, value, text);
    else list(5, value, u32);
  }
  return Buffer.concat(chunks);
}

function run(command, args, input) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, maxBuffer: 2 ** 31 - 1 });
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${error ?? stderr.toString().slice(-2000)}`);
  return JSON.parse(stdout.toString());
}

/** Ids of llama.cpp. @param model path of a GGUF file, or metadata @returns {{ plain, special, ends }} */
export function llamaCpp(model, strings) {
  const folder = mkdtempSync(join(tmpdir(), 'ttcbench-tokenizer-'));
  try {
    const path = typeof model === 'string' ? model : join(folder, 'vocabulary.gguf');
    if (typeof model !== 'string') writeFileSync(path, vocabularyFile(model));
    return run(process.execPath, [join(here, 'llama-cpp.mjs'), path], JSON.stringify({ strings }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Ids of Hugging Face tokenizers. @param python a Python that has the package `tokenizers` */
export function huggingFace(python, metadata, strings, { nfc = false } = {}) {
  const input = {
    pre: metadata['tokenizer.ggml.pre'],
    tokens: metadata['tokenizer.ggml.tokens'],
    types: [...metadata['tokenizer.ggml.token_type']],
    merges: metadata['tokenizer.ggml.merges'],
    nfc,
    strings: strings.map((string) => string.toWellFormed()),
  };
  return run(python, [join(here, 'hugging-face.py')], JSON.stringify(input));
}

/** Ids of Hugging Face tokenizers for a tokenizer.json as it is. */
export function huggingFaceFile(python, path, strings) {
  return run(python, [join(here, 'hugging-face.py')], JSON.stringify({ file: path, strings }));
}

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
