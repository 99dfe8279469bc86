/** The commands that README and docs show: those of `sh` blocks, and those within a sentence or a table. */
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

export interface DocumentedCommand {
  /** `README.md:24` */
  place: string;
  page: string;
  /** The line as it stands in a block, or the span between backticks. */
  text: string;
  /** The words after `ttcbench`; of `npm` and `node` all of them. */
  words: string[];
  program: 'ttcbench' | 'npm' | 'node';
  /** Of a block: to be copied as it stands. A span may leave something out. */
  isWhole: boolean;
}

export interface ForeignLine {
  place: string;
  text: string;
}

export interface Found {
  commands: DocumentedCommand[];
  foreign: ForeignLine[];
  /** Commands in a block that is not marked `sh`: places. */
  unmarked: string[];
}

/** README, the one-page files and every page of docs/. The changelog also names what was. */
export const pages = (): string[] => [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
  ...readdirSync(new URL('docs', root), { recursive: true })
    .map((name) => `docs/${name}`)
    .filter((name) => name.endsWith('.md'))
    .sort(),
];

export const readPage = (page: string): string => readFileSync(new URL(page, root), 'utf8');

const shells = ['sh', 'bash', 'console', 'shell'];

/** Every command of a page, and the lines of its blocks that start other programs. */
export function commandsOf(page: string, text: string): Found {
  const commands: DocumentedCommand[] = [];
  const foreign: ForeignLine[] = [];
  const unmarked: string[] = [];
  let fence: string | undefined;
  let held = '';
  for (const [index, line] of text.split('\n').entries()) {
    const place = `${page}:${index + 1}`;
    const mark = /^ *```(\w*)/.exec(line);
    if (mark) fence = fence === undefined ? (mark[1] as string) : undefined;
    else if (fence === undefined) {
      for (const [, span = ''] of line.matchAll(/`([^`]+)`/g))
        commands.push(...commandsIn(span).map((one) => ({ ...one, place, page, text: span, isWhole: false })));
    } else if (shells.includes(fence)) {
      held += line;
      if (held.endsWith('\\')) held = held.slice(0, -1);
      else {
        const found = commandsIn(held.replace(/^\$ /, ''));
        commands.push(...found.map((one) => ({ ...one, place, page, text: held.trim(), isWhole: true })));
        if (found.length === 0 && wordsOf(held).length > 0) foreign.push({ place, text: held.trim() });
        held = '';
      }
    } else if (fence === '' && commandsIn(line).length > 0) unmarked.push(place);
  }
  return { commands, foreign, unmarked };
}

type Started = Pick<DocumentedCommand, 'program' | 'words'>;

/** `a && b`, `eval "$(b)"`: each part that starts ttcbench, npm or node. */
function commandsIn(line: string): Started[] {
  const inner = [...line.matchAll(/\$\(([^)]*)\)/g)].map(([, words]) => words as string);
  return [...inner, ...line.split(/ (?:&&|\|) /)].flatMap((part): Started[] => {
    const [first, ...rest] = wordsOf(part);
    if (rest.length === 0) return [];
    if (first === 'npx' && rest[0] === 'ttcbench') return [{ program: 'ttcbench', words: rest.slice(1) }];
    if (first === 'node' && rest[0] === 'bin/ttcbench.js') return [{ program: 'ttcbench', words: rest.slice(1) }];
    return first === 'ttcbench' || first === 'npm' || first === 'node' ? [{ program: first, words: rest }] : [];
  });
}

/** The words of a line as a shell takes them, without comment and `&`. Patterns stay as they are. */
export function wordsOf(line: string): string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return words
    .slice(0, comment < 0 ? undefined : comment)
    .filter((word) => word !== '&')
    .map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, a = '', b = '') => a + b));
}
