// Compares our ids with llama.cpp's and Hugging Face's and prints the tables of docs/tokenizers.md:
//   npm run build && node scripts/tokenizers/compare.mjs [--model PATH.gguf] [--python PYTHON] [--count 2400]
//     [--categories] [--golden]
// --model adds a real vocabulary; --python names a Python with the package `tokenizers`; --categories adds the table
// of code points (minutes); --golden rewrites the test's file.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../../dist/core/random.js';
import { openGguf } from '../../dist/engine/gguf.js';
import { createTokenizer } from '../../dist/engine/tokenizer.js';
import { preTokenizerNames } from '../../dist/engine/tokenizer-split.js';
import { huggingFace, llamaCpp, metadataOf, readJson } from './reference.mjs';
import { testStrings } from './strings.mjs';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', multiple: true, default: [] },
    python: { type: 'string' },
    count: { type: 'string', default: '2400' },
    categories: { type: 'boolean', default: false },
    golden: { type: 'boolean', default: false },
  },
});
const folder = join(import.meta.dirname, '../../test/tokenizers');
const strings = testStrings(createRandom(1), Number(flags.count));
const vocabulary = readJson(join(folder, 'vocabulary.json'));
const names = preTokenizerNames;
/** Without names for the same one. */
const distinct = ['gpt-2', 'smollm', 'llama-bpe', 'smaug-bpe', 'qwen2', 'qwen35'];

const equal = (a, b) => a.length === b.length && a.every((id, index) => id === b[index]);
const ours = (metadata, texts) => {
  const tokenizer = createTokenizer(metadata);
  const encode = (special) => texts.map((text) => tokenizer.encode(text, { special }));
  return { plain: encode(false), special: encode(true), ...tokenizer };
};
const agreeing = (a, b) => a.filter((ids, index) => equal(ids, b[index])).length;
const table = (rows) => {
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  console.log([head, `|${'---|'.repeat(rows[0].length)}`, ...body].join('\n'), '\n');
};

function compare(label, metadata, model) {
  const mine = ours(metadata, strings);
  const llama = llamaCpp(model, strings);
  if (`${[...mine.endIds]}` !== `${llama.ends}`)
    console.error(`${label}: ends ${[...mine.endIds]}, llama.cpp ${llama.ends}`);
  const back = strings.filter((text, index) => mine.decode(mine.plain[index]) === text.toWellFormed()).length;
  const cells = [agreeing(mine.plain, llama.plain), agreeing(mine.special, llama.special)];
  for (const kind of ['plain', 'special']) show(label, kind, mine[kind], llama[kind]);
  if (flags.python) {
    const face = huggingFace(flags.python, metadata, strings);
    cells.push(agreeing(mine.plain, face.plain), agreeing(mine.special, face.special));
    for (const kind of ['plain', 'special']) show(`${label}, Hugging Face`, kind, mine[kind], face[kind]);
  }
  return { row: [label, strings.length, ...cells, back], llama };
}

function show(label, kind, mine, theirs) {
  const different = strings.map((_, index) => index).filter((index) => !equal(mine[index], theirs[index]));
  for (const index of different.slice(0, 3))
    console.error(
      `${label} (${kind}): ${JSON.stringify(strings[index]).slice(0, 200)}\n  ${mine[index]}\n  ${theirs[index]}`,
    );
}

/**
 * A vocabulary in which ids show the category of a character: the first byte of its UTF-8 merges with a letter,
 * a digit, a sign or white space before it, if no border comes between.
 */
function categoryVocabulary() {
  const leads = Array.from({ length: 0xf4 - 0xc2 + 1 }, (_, index) => String.fromCharCode(0xc2 + index));
  const before = ['b', '1', '!', '\u0109'];
  return {
    merges: leads.flatMap((lead) => before.map((left) => `${left} ${lead}`)),
    whole: [],
    control: [],
    userDefined: [],
  };
}

function compareCategories(pre) {
  const metadata = metadataOf(categoryVocabulary(), pre);
  // every block that has assigned characters
  const points = Array.from({ length: 0xe0200 - 0x80 }, (_, index) => 0x80 + index).filter(
    (point) => point < 0xd800 || (point > 0xdfff && point < 0x34000) || point >= 0xe0000,
  );
  const texts = points.map((point) =>
    ['b', '1', '!!', '\t'].map((left) => left + String.fromCodePoint(point)).join('\n'),
  );
  const mine = ours(metadata, texts).plain;
  const others = [llamaCpp(metadata, texts), ...(flags.python ? [huggingFace(flags.python, metadata, texts)] : [])];
  const different = others.map(({ plain }) => points.filter((_, index) => !equal(mine[index], plain[index])));
  for (const list of different) console.error(`${pre}: ${ranges(list)}`);
  return [`\`${pre}\``, points.length, ...different.map((list) => list.length)];
}

/** Code points in hexadecimal, neighbours joined. */
function ranges(points) {
  const result = [];
  for (const point of points) {
    const last = result.at(-1);
    if (last && last[1] === point - 1) last[1] = point;
    else result.push([point, point]);
  }
  const hex = (point) => point.toString(16);
  return result.map(([from, to]) => (from === to ? hex(from) : `${hex(from)}–${hex(to)}`)).join(' ');
}

/** Qwen's tokenizer.json normalises text to NFC first; a GGUF file does not say so, and llama.cpp does not. */
function compareNormalised() {
  const metadata = metadataOf(vocabulary, 'qwen2');
  const mine = ours(metadata, strings).plain;
  const face = huggingFace(flags.python, metadata, strings, { nfc: true }).plain;
  const different = strings.filter((_, index) => !equal(mine[index], face[index]));
  const unexplained = different.filter((text) => text.toWellFormed() === text.toWellFormed().normalize('NFC'));
  console.log(
    `qwen2 against Hugging Face with NFC: ${different.length} differ, ${unexplained.length} of them are NFC already\n`,
  );
}

const results = names.map((pre) =>
  compare(`\`${pre}\`, synthetic`, metadataOf(vocabulary, pre), metadataOf(vocabulary, pre)),
);
for (const path of flags.model) {
  const { metadata } = openGguf(path);
  results.push(compare(`\`${metadata['tokenizer.ggml.pre']}\`, ${metadata['general.name']}`, metadata, path));
}
const faces = flags.python ? ['= Hugging Face', '= with special tokens'] : [];
table([
  ['tokenizer', 'strings', '= llama.cpp', '= with special tokens', ...faces, 'decodes to the text'],
  ...results.map(({ row }) => row),
]);
if (flags.categories)
  table([
    ['pre-tokeniser', 'code points', '≠ llama.cpp', ...(flags.python ? ['≠ Hugging Face'] : [])],
    ...distinct.map(compareCategories),
  ]);
if (flags.python) compareNormalised();
console.log(`Node ${process.versions.node} with Unicode ${process.versions.unicode}`);

if (flags.golden) {
  const digest = (ids) => createHash('sha256').update(ids.join()).digest('hex').slice(0, 6);
  const golden = Object.fromEntries(
    distinct.map((pre) => {
      const { plain, special } = results[names.indexOf(pre)].llama;
      return [pre, strings.map((_, at) => digest([...plain[at], '|', ...special[at]])).join('')];
    }),
  );
  writeFileSync(
    join(folder, 'golden.json'),
    `${JSON.stringify({ seed: 1, count: strings.length, digests: golden }, null, 1)}\n`,
  );
}
