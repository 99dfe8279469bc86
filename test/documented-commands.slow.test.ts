/** The commands of README and docs, played: on the embedded model and the simulated server, with two samples each. */
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSimulator } from '../src/gateway/index.ts';
import { openCommandLine } from './support/command-line.ts';
import { commandsOf, type DocumentedCommand, pages, readPage } from './support/documented-commands.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-played-'));
const key = 'gsk_simulated_key_of_nobody';
const typed = openCommandLine(folder, {
  ...{ TTCBENCH_MODEL: 'tiny8', TTCBENCH_OFFLINE: '1', TTCBENCH_MAX_TOKENS: '4' },
  ...{ GROQ_API_KEY: key, OPENAI_API_KEY: key },
});
let server: Awaited<ReturnType<typeof startSimulator>>;

beforeAll(async () => {
  server = await startSimulator({ port: 0 });
  copyFileSync(join(root, 'assets/tiny8/tiny8-Q8_0.gguf'), join(folder, 'my-model.gguf'));
  copyFileSync(join(root, 'examples/my-prompts.jsonl'), join(folder, 'my-prompts.jsonl'));
  const words = [
    'run',
    '--policy',
    'early_exit_32',
    '--benchmark',
    'tiny-crm',
    '--samples',
    '2',
    '--out',
    'runs/FOLDER',
  ];
  expect(await typed(words)).toMatchObject({ code: 0 });
  // Run folders that pages name.
  for (const name of ['runs/25ebad3f60fd', 'runs/before', 'runs/after', 'runs/BEFORE', 'runs/AFTER'])
    cpSync(join(folder, 'runs/FOLDER'), join(folder, name), { recursive: true });
});

afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Commands that are only read by the program (documented-commands.test.ts), and why. */
const notPlayed: [RegExp, string][] = [
  [/^(serve|dash|simulate|worker)\b/, 'goes on until it is ended: tests of its own start it'],
  [/prefix_cache/, 'test/contract/prefix-cache.slow.test.ts'],
  [/--metrics-port/, 'test/watching.test.ts'],
  [/--policy \.\//, 'test/package/own-modules.test.ts'],
  [/--workers/, 'several processes: test/workers-engine.slow.test.ts and test/workers-api.slow.test.ts'],
  [/--queue/, 'needs Redis: test/queue.slow.test.ts'],
  [/^models (pull|rm)/, 'needs a network: test/hub.slow.test.ts'],
  [/--data |--as crmarena/, 'needs data of somebody else'],
  [/--project/, 'needs a dbt project of the reader'],
  [/--backend openai .*--fast-model/, 'needs a server with two models: test/api-policies.slow.test.ts'],
  [/level=4/, 'an agent: test/crm-agent.slow.test.ts'],
  [/^run .*level=3$|from_layer=15/, 'more context or layers than the embedded model has'],
];
const whyNot = ({ words }: DocumentedCommand) => notPlayed.find(([pattern]) => pattern.test(words.join(' ')))?.[1];

/** The same command with few samples, on the simulated server where it names an API. */
function cheap(words: readonly string[]): string[] {
  const [command = ''] = words;
  if (!['run', 'sweep', 'demo'].includes(command)) return words.flatMap(patternOf);
  const model = words.includes('--backend') ? 'openai/gpt-oss-20b' : 'tiny8';
  const values: Record<string, string> = { '--model': model, '--base-url': server.url };
  const kept = words.map((word, at) => {
    const before = words[at - 1] ?? '';
    return word.endsWith('.gguf') ? word : (values[before] ?? word);
  });
  // What is named twice would be two servers.
  const more = (flag: string, value: string) => (words.includes(flag) ? [] : [flag, value]);
  const api = words.includes('--backend') ? [...more('--base-url', server.url), ...more('--model', model)] : [];
  const samples = words.includes('./my-prompts.jsonl') ? 'all' : '2';
  return [...kept, '--samples', samples, '--max-tokens', '4', ...api];
}

const patternOf = (word: string): string[] => (word === 'runs/*' ? ['runs/before', 'runs/after'] : [word]);

const whole = pages()
  .flatMap((page) => commandsOf(page, readPage(page)).commands)
  .filter(({ isWhole, program }) => isWhole && program === 'ttcbench');
/** Commands with the same flags are of one kind, of which the last is played: all of them are read (documented-commands.test.ts). */
const kindOf = ({ words: [command = '', ...words] }: DocumentedCommand) => {
  const plays = ['run', 'sweep', 'demo'].includes(command);
  return [
    command,
    ...(plays ? new Set(words.filter((word) => /^--(?!policy|samples|model|out)/.test(word))) : words),
  ].join(' ');
};
const unhindered = whole.filter((command) => whyNot(command) === undefined);
const kinds = new Map(unhindered.map((command) => [kindOf(command), command]));
const played = unhindered.filter((command) => kinds.get(kindOf(command)) === command);

it('each reason keeps a command from being played', () => {
  expect(played.length).toBeGreaterThan(12);
  for (const [pattern, reason] of notPlayed) {
    for (const [file] of reason.matchAll(/test\/[\w/.-]+\.test\.ts/g))
      expect(existsSync(join(root, file)), file).toBe(true);
    expect(
      whole.some(({ words }) => pattern.test(words.join(' '))),
      String(pattern),
    ).toBe(true);
  }
});

it.each(played.map((command) => [`${command.place}: ${command.text}`, command] as const))(
  '%s',
  async (_, { words }) => {
    const { code, out, err } = await typed(cheap(words));
    expect([code, err]).toEqual([0, expect.not.stringMatching(/E_[A-Z]+:/)]);
    expect(out).not.toBe('');
  },
);
