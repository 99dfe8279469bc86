/** What a module of the user's own consists of: its file and all files beside it that it names. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Paths in quotes: `'./part.mjs'` in an import, a `require` or a `new URL(…, import.meta.url)`. A path in a comment is one
 * too many, which costs nothing but a file that is hashed in vain.
 */
const relativePath = /['"`](\.{1,2}\/[^'"`\n]+)['"`]/g;
/** Imports may also name a file by its absolute path or URL. */
const absoluteImport = /\b(?:from|import|require)\s*\(?\s*['"`]((?:file:\/\/)?\/[^'"`\n]+)['"`]/g;

const code = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.jsx', '.tsx']);
/** What `require` and Node's loaders add to a path. */
const endings = ['', '.js', '.mjs', '.cjs', '.json', '.ts', '/index.js'];

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

/**
 * SHA-256 of a module with all files that it imports by path, directly or through others: who edits one of them has
 * another module. Packages are not looked into.
 * @returns 64 hex digits; of a module without imports those of its file
 */
export function moduleContent(entry: string): string {
  const start = resolve(entry);
  const contents = new Map<string, string>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (contents.has(file)) continue;
    const content = readFileSync(file);
    contents.set(file, sha256(content));
    if (file === start || code.has(extname(file).toLowerCase()))
      waiting.push(...namedIn(content.toString('utf8'), file));
  }
  if (contents.size === 1) return contents.get(start) as string;
  const named = [...contents].map(([file, content]) => `${nameFrom(start, file)} ${content}`);
  return sha256(named.sort().join('\n'));
}

/** The same on every machine, wherever the module's folder lies. */
const nameFrom = (entry: string, file: string) => relative(dirname(entry), file).split(sep).join('/');

function namedIn(text: string, file: string): string[] {
  const paths = [...text.matchAll(relativePath), ...text.matchAll(absoluteImport)].map(([, path]) => path as string);
  return paths.flatMap((path) => fileAt(path, file) ?? []);
}

function fileAt(path: string, from: string): string | undefined {
  const bare = path.startsWith('file:') ? fileURLToPath(path) : path.replace(/[?#].*$/, '');
  const target = resolve(dirname(from), bare);
  return endings.map((ending) => target + ending).find((candidate) => isRegularFile(candidate));
}

/** Not a folder, and no device that never ends. */
const isRegularFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
