// Texts that try a tokenizer: scripts, emoji, digits, white space, marks, code, special tokens, broken and very long text.
// Only code points that Unicode had long before 15, so that every Node version sees the same categories.

const range = (first, last) => ({ first, last });
const letters = {
  latin: [range(0x61, 0x7a), range(0x41, 0x5a), range(0xc0, 0xd6), range(0xd8, 0xf6), range(0x100, 0x17f)],
  greek: [range(0x391, 0x3a1), range(0x3a3, 0x3c9), range(0x1f00, 0x1f15)],
  cyrillic: [range(0x400, 0x45f)],
  armenian: [range(0x531, 0x556), range(0x561, 0x586)],
  hebrew: [range(0x5d0, 0x5ea), range(0x5b0, 0x5bc)],
  arabic: [range(0x627, 0x64a), range(0x64b, 0x652)],
  devanagari: [range(0x905, 0x939), range(0x93e, 0x94d)],
  bengali: [range(0x993, 0x9a8), range(0x9be, 0x9c4)],
  tamil: [range(0xbae, 0xbb9), range(0xbbe, 0xbc2)],
  thai: [range(0xe01, 0xe3a), range(0xe40, 0xe4e)],
  tibetan: [range(0xf40, 0xf47), range(0xf71, 0xf84)],
  georgian: [range(0x10d0, 0x10f0)],
  ethiopic: [range(0x1200, 0x1248)],
  cherokee: [range(0x13a0, 0x13f4)],
  khmer: [range(0x1780, 0x17b3), range(0x17b6, 0x17d3)],
  mongolian: [range(0x1820, 0x1842)],
  hangul: [range(0xac00, 0xd7a3)],
  jamo: [range(0x1100, 0x1112), range(0x1161, 0x1175), range(0x11a8, 0x11c2)],
  kana: [range(0x3041, 0x3096), range(0x30a1, 0x30fa)],
  han: [range(0x4e00, 0x9fa5), range(0x20000, 0x2a6d6)],
  gothic: [range(0x10330, 0x10340)],
  deseret: [range(0x10400, 0x1044f)],
  mathematical: [range(0x1d400, 0x1d454), range(0x210a, 0x2113)],
  ligatures: [range(0xfb00, 0xfb06), range(0x1c4, 0x1cc), range(0x2b0, 0x2b8), range(0x17f, 0x17f)],
};
const digits = [
  range(0x30, 0x39),
  range(0x30, 0x39),
  range(0x30, 0x39),
  range(0x660, 0x669),
  range(0x966, 0x96f),
  range(0xff10, 0xff19),
  range(0x1d7ce, 0x1d7ff),
  range(0x2160, 0x2188),
  range(0xbc, 0xbe),
  range(0xb2, 0xb3),
  range(0x2074, 0x2079),
  range(0x2150, 0x215f),
  range(0x2460, 0x249b),
  range(0x3007, 0x3007),
  range(0x3021, 0x3029),
  range(0x3220, 0x3229),
  range(0x12400, 0x1246e),
];
const marks = [
  range(0x300, 0x34e),
  range(0x20d0, 0x20dc),
  range(0x20dd, 0x20e0),
  range(0x903, 0x903),
  range(0x93e, 0x940),
  range(0xfe00, 0xfe0f),
  range(0xe0100, 0xe0110),
  range(0x3099, 0x309a),
];
const signs = [
  range(0x21, 0x2f),
  range(0x3a, 0x40),
  range(0x5b, 0x60),
  range(0x7b, 0x7e),
  range(0xa1, 0xa9),
  range(0x2010, 0x2027),
  range(0x20a0, 0x20bd),
  range(0x2190, 0x22ff),
  range(0x2500, 0x257f),
  range(0x3001, 0x3003),
  range(0xff01, 0xff0f),
];
const blanks = [
  ' ',
  ' ',
  '\n',
  '\n',
  '\t',
  '\r\n',
  '\r',
  '\v',
  '\f',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u2003',
  '\u2009',
  '\u2028',
  '\u2029',
  '\u202f',
  '\u205f',
  '\u3000',
];
/** Invisible, but not white space to a tokenizer. */
const invisible = [
  '\u200b',
  '\u200d',
  '\u180e',
  '\ufeff',
  '\u2060',
  '\u00ad',
  '\0',
  '\u0007',
  '\u001b',
  '\u007f',
  '\ue000',
];
const faces = [range(0x1f600, 0x1f64f), range(0x1f300, 0x1f5fa), range(0x1f910, 0x1f93a), range(0x2600, 0x26ff)];
const specials = [
  '<|im_start|>',
  '<|im_end|>',
  '<|endoftext|>',
  '<|begin_of_text|>',
  '<|start_header_id|>',
  '<|end_header_id|>',
  '<|eot_id|>',
  '<think>',
  '</think>',
  '<tool_call>',
  '<|im_start|',
  '<|im_<|im_end|>',
  '|>',
  '<|',
  '</s>',
];
const contractions = [
  "'s",
  "'S",
  "'t",
  "'re",
  "'RE",
  "'Ve",
  "'ll",
  "'lL",
  "'d",
  "'m",
  "'M",
  "'x",
  "''s",
  '\u2019s',
  "'\u017f",
  "'",
  "'r",
  "'l",
];
const code = [
  'function add(a, b) {\n  return a + b; // sum\n}\n',
  'for (let i = 0; i < 10; i++) {\n\t\tconsole.log(i + ": " + (rows[i]?.name ?? `none`));\n\t}',
  'def mean(xs: list[float]) -> float:\n    """Arithmetic mean."""\n    return sum(xs) / len(xs)\n',
  '{"id": 17, "tags": ["a", "b"], "price": -3.50e+2, "ok": true, "none": null}',
  '<div class="row" data-x=\'1\'>&nbsp;&lt;b&gt;</div>\r\n',
  "SELECT name, COUNT(*) FROM cases WHERE opened >= '2021-04-01' GROUP BY 1 ORDER BY 2 DESC;",
  '| a | b |\n|---|---|\n| 1 | 2 |\n',
  '$ curl -sS https://example.org/a?b=c&d=%20e | jq ".items[0]"',
  '#include <stdio.h>\nint main(void) { printf("%d\\n", 0x1F << 3); }',
  'if x != y:\n        pass\n\n\n    else:\n',
  '\\frac{a^2}{b_{10}} \\le \\sum_{i=1}^{n} x_i',
  'key: value\nlist:\n  - one\n  - two: [1, 2]\n',
];
const words =
  'the a of and to in is it that for was on are as with his they at be this from have or by one had not but what all were when we there can an your which their said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now people my made over did down only way find use may water long little very after words called just where most know customer order warranty invoice agent model token cache layer draft'.split(
    ' ',
  );

/**
 * @param {() => number} random uniform numbers in [0, 1)
 * @param {number} count
 * @returns {string[]} lone surrogates may occur
 */
export function testStrings(random, count) {
  const integer = (size) => Math.floor(random() * size);
  const pick = (items) => items[integer(items.length)];
  const character = (ranges) => {
    const { first, last } = pick(ranges);
    return String.fromCodePoint(first + integer(last - first + 1));
  };
  const many = (most, make) => Array.from({ length: 1 + integer(most) }, make).join('');
  const word = () => many(8, () => character(pick(scripts)));
  const scripts = Object.values(letters);
  const oneScript = () => {
    const script = pick(scripts);
    return Array.from({ length: 1 + integer(6) }, () => many(9, () => character(script))).join(
      pick([' ', ' ', '  ', '-', '. ']),
    );
  };
  const english = () => {
    const text = Array.from({ length: 1 + integer(14) }, () => pick(words)).join(' ');
    return pick([
      text,
      `${text}.`,
      text.toUpperCase(),
      ` ${text}`,
      `${text[0].toUpperCase()}${text.slice(1)}, ${pick(words)}!`,
    ]);
  };
  const emoji = () => {
    const face = () => character(faces) + pick(['', '', '\ufe0f', String.fromCodePoint(0x1f3fb + integer(5))]);
    const flag = () => String.fromCodePoint(0x1f1e6 + integer(26), 0x1f1e6 + integer(26));
    const joined = () => Array.from({ length: 2 + integer(3) }, face).join('\u200d');
    return pick([
      face,
      flag,
      joined,
      () => `${integer(10)}\ufe0f\u20e3`,
      () => '\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}',
    ])();
  };
  const number = () => many(9, () => character(pick([digits, digits.slice(0, 3)])));
  const space = () => many(7, () => pick(blanks));
  const sign = () => many(5, () => character(signs));
  const marked = () => many(4, () => character(pick(scripts)) + many(3, () => character(marks)));
  const hidden = () => pick(invisible);
  const broken = () => pick(['\ufffd', '\ufffd\ufffd', '\ud83d', '\udc00', '\udc00\ud800']);
  const special = () => pick(specials);
  const contraction = () => pick(words) + pick(contractions) + pick(['', ' ', 'a', pick(words)]);
  const atoms = [
    word,
    english,
    emoji,
    number,
    space,
    sign,
    marked,
    hidden,
    broken,
    special,
    contraction,
    () => pick(code),
  ];
  const mixed = (most) => many(most, () => pick(atoms)());
  const long = () =>
    pick([
      () => character(pick(scripts)).repeat(100 + integer(900)),
      () => Array.from({ length: 400 + integer(1200) }, () => character(pick(scripts))).join(''),
      () => pick(blanks).repeat(20 + integer(300)) + pick(['', 'x', '7', '!']),
      () => Array.from({ length: 100 + integer(300) }, () => integer(10)).join(''),
      () => pick(words).repeat(100 + integer(200)),
    ])();
  const kinds = [
    oneScript,
    oneScript,
    english,
    () => mixed(4),
    () => mixed(10),
    () => many(6, () => pick([emoji, hidden, english])()),
    () => many(6, () => pick([number, sign, space])()),
    () => many(6, () => pick([space, hidden, word, sign])()),
    () => many(8, () => pick([marked, space, word])()),
    () => many(6, () => pick([contraction, space])()),
    () => many(5, () => pick([special, english, space])()),
    () => pick(code) + mixed(3),
  ];
  return Array.from({ length: count }, (_, index) => (index % 60 === 59 ? long() : kinds[index % kinds.length]()));
}
