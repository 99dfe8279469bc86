// Trains the synthetic vocabulary that the tokenizer tests use: `node scripts/tokenizers/vocabulary.mjs` after a build.
// Half of the corpus is whole lines, without any pre-tokeniser: so there are merges across every border that a
// pre-tokeniser may draw, and a border in the wrong place changes ids.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../dist/core/random.js';
import { characters, spell } from '../../dist/engine/tokenizer-alphabet.js';
import { testStrings } from './strings.mjs';

const mergeCount = 1600;
/** Tokens that no merge makes: they count only for pre-tokenisers that look whole pieces up. */
const whole = [
  ' benchmark',
  'tokenizer',
  ' 漢字',
  '192',
  '\n\n\n',
  '....',
  ' Überraschung',
  "'ll",
  ' speculative',
  '!?!',
];
const control = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|begin_of_text|>',
  '<|start_header_id|>',
  '<|end_header_id|>',
  '<|eot_id|>',
];
const userDefined = ['<think>', '</think>', '<tool_call>'];

// without special tokens, or merges would make their texts
const lines = testStrings(createRandom(2024), 9000)
  .filter((line) => line.length < 300)
  .map((line) => line.replace(/<\|?\/?\w+\|?>/g, ''));
const pieces = lines.flatMap((line, index) => (index % 2 ? [line] : (line.match(/\s*\S+/g) ?? [])));
const words = new Map();
for (const piece of pieces) words.set(spell(piece), (words.get(spell(piece)) ?? 0) + 1);

/** Counts of neighbours, kept up to date: pair → { count, words it occurs in }. */
const pairs = new Map();
const list = [...words].map(([text, count]) => ({ parts: [...text], count }));
const note = (word, sign) => {
  for (let i = 0; i + 1 < word.parts.length; i++) {
    const key = `${word.parts[i]} ${word.parts[i + 1]}`;
    let pair = pairs.get(key);
    if (!pair) {
      pair = { count: 0, words: new Set() };
      pairs.set(key, pair);
    }
    pair.count += sign * word.count;
    if (sign > 0) pair.words.add(word);
  }
};
for (const word of list) note(word, 1);

const merges = [];
const merged = new Set(characters);
while (merges.length < mergeCount) {
  let best = '';
  let most = 0;
  for (const [key, { count }] of pairs)
    if (count > most || (count === most && key < best)) {
      best = key;
      most = count;
    }
  const [left, right] = best.split(' ');
  for (const word of [...pairs.get(best).words]) {
    note(word, -1);
    const parts = [];
    for (let i = 0; i < word.parts.length; i++) {
      const joins = word.parts[i] === left && word.parts[i + 1] === right;
      parts.push(joins ? left + right : word.parts[i]);
      if (joins) i++;
    }
    word.parts = parts;
    note(word, 1);
  }
  pairs.delete(best);
  merges.push(best);
  merged.add(left + right);
}
const folder = join(import.meta.dirname, '../../test/tokenizers');
mkdirSync(folder, { recursive: true });
const vocabulary = { whole: whole.map(spell).filter((token) => !merged.has(token)), control, userDefined, merges };
writeFileSync(join(folder, 'vocabulary.json'), `${JSON.stringify(vocabulary)}\n`);
console.log(
  `${merges.length} merges, ${vocabulary.whole.length} whole pieces; last merge of ${pairs.size} pairs: ${merges.at(-1)}`,
);
