import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchFolder } from '../../test/crash/folder.ts';
import { moduleContent } from './module-content.ts';

const write = (folder: string, files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

it('a module alone is its file', () => {
  using folder = scratchFolder();
  write(folder.path, { 'a.mjs': 'export default 1;' });
  const expected = createHash('sha256').update('export default 1;').digest('hex');
  expect(moduleContent(join(folder.path, 'a.mjs'))).toBe(expected);
});

it.each([
  ['an import', "import { x } from './part.mjs';", 'part.mjs'],
  ['an import for its effects', "import './part.mjs';", 'part.mjs'],
  ['an import over several lines', "import {\n  x,\n  y,\n} from './part.mjs';", 'part.mjs'],
  ['an import that is passed on', "export * from './deep/part.mjs';", 'deep/part.mjs'],
  ['an import at run time', "const part = await import('./part.mjs');", 'part.mjs'],
  ['a require without an ending', "const part = require('./part');", 'part.js'],
  ['a require of a folder', "const part = require('./part');", 'part/index.js'],
  ['data beside it', "readFileSync(new URL('./words.json', import.meta.url));", 'words.json'],
  ['an import of an import', "import './between.mjs';", 'part.mjs'],
])('is another one where %s changed', (_, entry, part) => {
  using folder = scratchFolder();
  const path = join(folder.path, 'entry.mjs');
  write(folder.path, { 'entry.mjs': entry, 'between.mjs': "import './part.mjs';", [part]: 'export const x = 1;' });
  const before = moduleContent(path);
  expect(moduleContent(path)).toBe(before);
  write(folder.path, { [part]: 'export const x = 2;' });
  expect(moduleContent(path)).not.toBe(before);
});

it('is the same in another folder, and with imports that go in circles', () => {
  using one = scratchFolder();
  using other = scratchFolder();
  const files = {
    'a.mjs': "import './b.mjs';",
    'b.mjs': "import './a.mjs'; import './missing.mjs'; import 'node:fs';",
  };
  write(one.path, files);
  write(other.path, files);
  expect(moduleContent(join(one.path, 'a.mjs'))).toBe(moduleContent(join(other.path, 'a.mjs')));
});

it('follows an import by an absolute path', () => {
  using folder = scratchFolder();
  const part = join(folder.path, 'elsewhere', 'part.mjs');
  write(folder.path, { 'elsewhere/part.mjs': '1;', 'entry.mjs': `import ${JSON.stringify(part)};` });
  const before = moduleContent(join(folder.path, 'entry.mjs'));
  writeFileSync(part, '2;');
  expect(moduleContent(join(folder.path, 'entry.mjs'))).not.toBe(before);
});
