/** Every command that README and docs show can be typed: the program, its flags, their values and `--set` keys exist. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { commandsOf, type DocumentedCommand, pages, readPage } from './support/documented-commands.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-commands-'));
const file = fileURLToPath(new URL('./support/parse-commands.mjs', import.meta.url));
let reader: ChildProcess | undefined;
afterAll(async () => {
  if (reader) await end(reader);
  rmSync(folder, { recursive: true });
});

/** What the pages name and a reader brings along. */
const brought: Record<string, string> = {
  'my-prompts.jsonl': readFileSync(join(root, 'examples/my-prompts.jsonl'), 'utf8'),
  'mine.mjs': readFileSync(join(root, 'examples/last-bigram.mjs'), 'utf8'),
  'rows.jsonl': '',
  PATH: '',
};
for (const [name, text] of Object.entries(brought)) writeFileSync(join(folder, name), text);
for (const name of ['arena', 'worfbench']) mkdirSync(join(folder, name));

/** Words that stand for something of the reader's own. */
const standsFor: Record<string, string> = { URL: 'http://127.0.0.1:9/v1', PORT: '8080', N: '2' };

/** What other programs are for: each line of a block that starts none of ours starts one of these. */
const otherPrograms: Record<string, string> = {
  curl: 'a request to the server that the line before started',
  dbt: 'Python’s own dbt: `npm run test:dbt` runs it where it is installed',
  docker: 'needs Docker: test/package/install.test.ts plays the steps of the Dockerfile without',
  kill: 'ends what a line before started',
  pip: 'needs a network',
  python3: 'needs a network, for pip',
  'redis-server': 'a server of somebody else’s',
};

const found = pages().map((page) => commandsOf(page, readPage(page)));
const commands = found.flatMap((one) => one.commands);

interface Read {
  isRead: boolean;
  said: string;
}

const known = new Map<string, Promise<Read>>();

/** Each command once: pages repeat them. */
function read(words: readonly string[], mayBeShort: boolean): Promise<Read> {
  const key = JSON.stringify([words, mayBeShort]);
  const reading = known.get(key) ?? readAnew(words, mayBeShort);
  known.set(key, reading);
  return reading;
}

/** One process reads all. One that a command ended is not used again. */
function readAnew(words: readonly string[], mayBeShort: boolean): Promise<Read> {
  reader ??= fork(file, { cwd: folder, execArgv: [] });
  const child = reader;
  return new Promise((resolve) => {
    const gone = (code: number | null) => {
      reader = undefined;
      resolve({ isRead: false, said: `it ended its process (${code})` });
    };
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as Read);
    });
    child.send({ words, mayBeShort });
  });
}

/** Empty where the program takes the command; else what it says. */
async function faultOf({ words, program, isWhole, place, text }: DocumentedCommand): Promise<string> {
  const typed = words.map((word) => standsFor[word] ?? word).filter((word) => word !== '…');
  if (program === 'npm') return fault(place, text, npmFault(typed));
  if (program === 'node') return fault(place, text, isFile(typed[0] as string) ? '' : 'there is no such file');
  if (typed[0] === 'COMMAND') return '';
  const { isRead, said } = await read(typed, !isWhole);
  const isHelp = typed.includes('--help');
  // A sentence may leave out what a command needs; it may not name what the command does not have.
  const isShort = !isWhole && /missing required argument|required option .* not specified/.test(said);
  return fault(place, text, isRead || isHelp || isShort ? '' : said);
}

const fault = (place: string, text: string, said: string) => said && `${place}: ${text}: ${said.split('\n')[0]}`;
const isFile = (name: string) => name.includes('…') || existsSync(join(root, name));

function npmFault([first, name = '']: readonly string[]): string {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (first === 'run' && !Object.hasOwn(scripts, name)) return `there is no script ${name}`;
  return ['run', 'test', 'install', 'ci', 'pack'].includes(first as string) ? '' : `npm ${first} is not known here`;
}

async function faultsOf(some: readonly DocumentedCommand[]): Promise<string[]> {
  const faults: string[] = [];
  for (const one of some) {
    const said = await faultOf(one);
    if (said !== '') faults.push(said);
  }
  return faults;
}

function end(process: ChildProcess): Promise<unknown> {
  const gone = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGKILL');
  return gone;
}

describe('commands of README and docs', () => {
  it('are taken by the program, word by word', async () => {
    expect(commands.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(40);
    expect(commands.length).toBeGreaterThan(200);
    expect(await faultsOf(commands)).toEqual([]);
  });

  it('stand in blocks that are marked `sh`', () => {
    expect(found.flatMap(({ unmarked }) => unmarked)).toEqual([]);
  });

  it('are about the prompts that the package brings as an example', () => {
    const [, shown] = /```json\n(\{"id".*?)```/s.exec(readPage('docs/guide.md')) ?? [];
    expect(shown).toBe(readFileSync(join(root, 'examples/my-prompts.jsonl'), 'utf8'));
  });

  it('stand beside no program without a reason', () => {
    const lines = found.flatMap(({ foreign }) => foreign);
    expect(lines.filter(({ text }) => !Object.hasOwn(otherPrograms, text.split(' ')[0] as string))).toEqual([]);
  });
});

describe('a page that is wrong', () => {
  const faults = (text: string) => faultsOf(commandsOf('page.md', text).commands);
  const block = (line: string) => `\`\`\`sh\n${line}\n\`\`\``;

  it.each([
    ['npx ttcbench run --benchmrak extract', /unknown option '--benchmrak'/],
    ['ttcbench runn --policy baseline', /unknown command 'runn'/],
    ['ttcbench run --policy early_exit_27 --benchmark extract', /E_POLICY/],
    [
      'ttcbench run --policy early_exit_28 --set policies.early_exit_28.exit_leyer=8',
      /exit_leyer.*did you mean exit_layer/,
    ],
    ['ttcbench run --policy baseline --set prefix_cash=true', /E_CONFIG.*prefix_cash/],
    ['ttcbench dbt build --projekt x runs/a', /--projekt/],
    ['ttcbench run --policy baseline --samples many', /E_ARGUMENT.*samples/],
    ['ttcbench sweep --policy early_exit_28 --param exit_leyer=8,16', /exit_leyer/],
    ['ttcbench sweep --policy early_exit_28 --benchmark extract', /required option/],
    ['ttcbench serve --policy adaptive_kv_static --set ratios=0.5', /ratios/],
    ['ttcbench data make crm-synth --out set --set levels=3', /levels/],
    ['ttcbench compare runs/a runs/b --fail-when x', /--fail-when/],
    ['npm run demoo', /no script demoo/],
    ['node examples/libary.mjs', /no such file/],
  ])('%s', async (line, said) => {
    expect((await faults(block(line))).join('\n')).toMatch(said);
  });

  it('within a sentence, where a command may be shortened', async () => {
    expect(await faults('`ttcbench report` and `ttcbench show runs/FOLDER`')).toEqual([]);
    expect(await faults('`ttcbench report --htm runs/a`')).toHaveLength(1);
  });

  it('in a block that is not marked as one of commands', () => {
    expect(commandsOf('page.md', '```\nttcbench run\n```').unmarked).toEqual(['page.md:2']);
  });
});
