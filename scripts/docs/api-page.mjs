/** docs/api.md from the declarations that the build writes: each exported name, its docstring and its signature. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const dist = join(import.meta.dirname, '..', '..', 'dist');

const intro = `# API reference

What \`import … from 'ttcbench'\` gives, with its types. Made from the source: \`npm run docs:api\` writes this page anew. How the
functions work together: [library](library.md). How a policy of your own is written: [your own policy](your-own-policy.md).

Only the functions of the first part are meant to be called by a program. The second part holds the shapes that they take and
give, and what a policy, benchmark or metric of your own sees. The third is \`ttcbench/decode\`: what a decode loop is made of.
`;

const parts = [
  {
    title: 'Functions and results: `ttcbench`',
    entry: 'index.d.ts',
    isWanted: (file) => !file.startsWith('core/'),
  },
  { title: 'Shapes and mechanisms: `ttcbench` and `ttcbench/core`', entry: 'core/index.d.ts', isWanted: () => true },
  { title: 'Decoding: `ttcbench/decode`', entry: 'decode/index.d.ts', isWanted: () => true },
];

/** @returns {string} the page */
export function apiPage() {
  const sections = parts.map(({ title, entry, isWanted }, at) => {
    const found = [...exportsOf(entry)].filter(([, { file }]) => isWanted(file));
    const functions = found.filter(([, { kind }]) => kind === 'function');
    const others = found.filter(([, { kind }]) => kind !== 'function');
    const list = at === 0 ? `${functions.map(([name]) => `[${name}](#${name.toLowerCase()})`).join(', ')}\n\n` : '';
    return `\n## ${title}\n\n${list}${[...functions, ...others].map(([name, one]) => entryOf(name, one)).join('\n')}`;
  });
  return intro + sections.join('');
}

const files = new Map();

/** Declarations by name, in the order of the source. Names of `export { … } from` are looked up where they lead. */
function exportsOf(file) {
  const known = files.get(file);
  if (known) return known;
  const found = new Map();
  files.set(file, found);
  for (const { text, doc } of statements(readFileSync(join(dist, file), 'utf8'))) {
    const [, names, from] = /^export (?:type )?(\*|\{.*\}) from '(.+)\.ts';$/s.exec(text) ?? [];
    if (from) {
      const inner = exportsOf(join(dirname(file), `${from}.d.ts`).replaceAll('\\', '/'));
      const wanted = names === '*' ? [...inner.keys()] : names.slice(1, -1).split(',').map(nameOf).filter(Boolean);
      for (const name of wanted) if (inner.has(name)) found.set(name, inner.get(name));
    } else {
      const [, kind, name] =
        /^export (?:declare )?(?:abstract )?(function|const|class|interface|type) (\w+)/.exec(text) ?? [];
      if (name) found.set(name, { kind, file, doc, text: [...(found.get(name)?.text ?? []), text] });
    }
  }
  return found;
}

const nameOf = (text) =>
  text
    .trim()
    .replace(/^type /, '')
    .split(' as ')
    .at(-1);

/** Statements at the top of a file of declarations, each with the comment before it. */
function statements(text) {
  const found = [];
  let held = '';
  let doc = '';
  for (const line of text.split('\n')) {
    if (held === '' && line.trim() === '') continue;
    held += held === '' ? line : `\n${line}`;
    if (held.startsWith('/*')) {
      if (!held.endsWith('*/')) continue;
      doc = held;
      held = '';
    } else if (isWhole(held)) {
      found.push({ text: held, doc });
      held = '';
      doc = '';
    }
  }
  return found;
}

function isWhole(text) {
  const code = text.replace(/\/\*.*?\*\/|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`/gs, '');
  const depth = [...code].reduce(
    (sum, letter) => sum + ('{(['.includes(letter) ? 1 : '})]'.includes(letter) ? -1 : 0),
    0,
  );
  if (depth !== 0) return false;
  return (
    /;\s*$/.test(code) ||
    (/^(export )?(declare )?(abstract )?(interface|class|enum|namespace|module)/.test(code) && /\}\s*$/.test(code))
  );
}

function entryOf(name, { text, doc }) {
  const code = text.map((one) => one.replace(/^export (declare )?/, '').replaceAll('    ', '  ')).join('\n');
  return `### ${name}\n\n${proseOf(doc)}\`\`\`ts\n${code}\n\`\`\`\n`;
}

/** A docstring as Markdown: tags become a list. */
function proseOf(doc) {
  const lines = doc
    .replace(/^\/\*\*?|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim());
  const [about = '', ...tags] = lines.join('\n').trim().split(/^@/m);
  const list = tags.map((tag) => {
    const [, kind, rest = ''] = /^(\w+)\s*(.*)$/s.exec(tag) ?? [];
    const words = rest.trim().replace(/\s+/g, ' ');
    return `- ${kind === 'param' ? words.replace(/^(\w+)/, '`$1`:') : `${kind}: ${words}`}`;
  });
  const paragraphs = [about.trim(), list.join('\n')].filter((one) => one !== '').map(escaped);
  return paragraphs.length === 0 ? '' : `${paragraphs.join('\n\n')}\n\n`;
}

/** `<` outside of code would begin a tag. */
const escaped = (text) =>
  text
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('');
