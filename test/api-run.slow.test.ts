/** A run against a chat API, as a user types it: the built program against our own Groq-faithful server. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../src/gateway/index.ts';
import type { SessionRecord } from '../src/store/manifest.ts';
import { openCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-api-'));
const key = 'gsk_simulated_key_that_must_not_be_seen_anywhere';
let server: Simulator;
beforeAll(async () => {
  server = await startSimulator({ apiKey: key, ttft: 2, tpot: 0.2 });
});
afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const typed = openCommandLine(folder);
const ttcbench = (words: string[], environment: Record<string, string> = { GROQ_API_KEY: key }) =>
  typed(words, environment);

const run = (...words: string[]) => {
  const where = ['--backend', 'groq', '--base-url', server.url, '--benchmark', 'extract'];
  return ['run', '--policy', 'baseline', ...where, '--max-tokens', '24', ...words];
};

/** Everything a run left behind, file by file. */
function contents(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('run --backend groq', () => {
  it('plays every trial once, counts by the server’s usage, and can be replayed', async () => {
    const words = run('--samples', '6', '--out', 'first', '--record', 'answers.jsonl', '--json');
    const { code, out, err } = await ttcbench(words);
    expect(err).toMatch(/Run folder: first/);
    expect(code).toBe(0);
    const { cells } = JSON.parse(out);
    expect(cells.map((cell: { policy_name: string }) => cell.policy_name)).toEqual(['baseline', 'baseline_again']);
    expect(cells[0]).toMatchObject({ realisation: 'client', trials: 6, failed: 0 });
    expect(cells[0].metrics.completion_tokens.mean).toBeGreaterThan(0);
    expect(cells[0].metrics.first_token_latency.mean).toBeGreaterThan(0);
    const again = await ttcbench(
      [
        'run',
        '--policy',
        'baseline',
        '--backend',
        'replay',
        '--model',
        'answers.jsonl',
        '--benchmark',
        'extract',
        '--json',
      ].concat(['--samples', '6', '--max-tokens', '24', '--out', 'replayed']),
    );
    expect(again.code).toBe(0);
    const notesOf = (out: string): unknown => JSON.parse(out).run.notes ?? [];
    expect(notesOf(again.out)).toContainEqual(expect.stringMatching(/not of the server that was recorded/));
    expect(notesOf(out)).not.toContainEqual(expect.stringMatching(/replay/));
    const texts = (place: string) =>
      readFileSync(join(folder, place, 'journal-main.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map((trial) => [trial.cell.policy_name, trial.sample, trial.answer.text].join('\t'))
        .sort();
    expect(texts('replayed')).toEqual(texts('first'));
  });

  it('says how many requests it sent and how many sockets they took, and sends little where nothing is left', async () => {
    const words = run('--samples', '10', '--concurrency', '3', '--out', 'sockets');
    const before = server.account();
    expect((await ttcbench(words)).code).toBe(0);
    const after = server.account();
    expect(await ttcbench(words)).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^sockets: nothing left to play/),
    });
    const { sessions } = JSON.parse(readFileSync(join(folder, 'sockets', 'run.json'), 'utf8'));
    const [played, idle] = sessions.map(({ connections }: SessionRecord) => connections);
    // Chats, the list of models, and a socket for each place.
    expect(played.requests).toBe(after.requests - before.requests + 1 + 3);
    expect(played.opened).toBe(after.connections - before.connections);
    expect(played.opened).toBeLessThanOrEqual(6);
    expect(idle).toEqual({ requests: 1, opened: 1 });
  });

  it('leaves its key nowhere: no file, no cassette, nothing printed, no error', async () => {
    const login = 'login-that-nobody-may-see';
    const withLogin = server.url.replace('//', `//me:${login}@`);
    const printed = [
      await ttcbench(run('--samples', '2', '--out', 'secret', '--record', 'secret.jsonl')),
      await ttcbench(run('--samples', '2', '--out', 'secret-json', '--json')),
      await ttcbench(['report', 'secret', '--json']),
      await ttcbench(run('--samples', '2', '--out', 'secret-login', `--base-url=${withLogin}`)),
      await ttcbench(run('--samples', '2', '--out', 'secret-model', '--model', 'none')),
      await ttcbench(run('--samples', '2', '--out', 'secret-nobody', '--base-url', withLogin.replace(/:\d+/, ':9'))),
    ];
    expect(printed.map(({ code }) => code)).toEqual([0, 0, 0, 0, 2, 1]);
    const all = contents(folder);
    const names = readdirSync(folder, { recursive: true }).map(String);
    for (const name of [
      'secret.jsonl',
      'secret/run.json',
      'secret/journal-main.jsonl',
      'secret-login/metrics_report.md',
    ])
      expect(names).toContain(name);
    expect(names.filter((name) => name.startsWith('cache/')).length).toBeGreaterThan(0);
    for (const text of [...all, ...printed.flatMap(({ out, err }) => [out, err])]) {
      expect(text).not.toContain(key);
      expect(text).not.toContain(login);
      expect(text).not.toContain(Buffer.from(`me:${login}`).toString('base64'));
    }
  });

  it('a missing and a wrong key are one line with help', async () => {
    const wrong = await ttcbench(run('--samples', '2', '--out', 'wrong'), { GROQ_API_KEY: 'gsk_of_somebody_else' });
    expect(wrong.err).toMatch(/^E_API_KEY: .*\n {2}help: .*\n$/);
    expect(wrong.err).not.toContain('gsk_of_somebody_else');
    expect(wrong.code).not.toBe(0);
    // Groq itself, which is never reached.
    const words = ['run', '--policy', 'baseline', '--backend', 'groq', '--benchmark', 'extract', '--out', 'missing'];
    const missing = await ttcbench(words, { GROQ_API_KEY: '' });
    expect(missing.err).toMatch(
      /^E_API_KEY: groq needs an API key, and GROQ_API_KEY is not set\n {2}help: .*\.env.*\n$/,
    );
    const quoted = await ttcbench(words, { GROQ_API_KEY: 'gsk_abc def' });
    expect(quoted.err).toMatch(/^E_API_KEY: .*GROQ_API_KEY.*\n {2}help: .*\n$/);
    expect(quoted.err).not.toContain('gsk_abc');
    expect([missing.code, quoted.code]).toEqual([2, 2]);
  });

  it('a wrong path of the server is named, not its models', async () => {
    const wrong = server.url.replace(/\/openai.*/, '/wrong');
    const words = run('--out', 'lost').map((word) => (word === server.url ? wrong : word));
    expect(await ttcbench(words)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E_MODEL: .*\/wrong\/models is not there.*\n {2}help: check the path of --base-url/),
    });
  });

  it('with a rate and a duration plays the samples again until there are enough, then ends as asked', async () => {
    const words = run('--samples', '4', '--rps', '30', '--duration', '1', '--out', 'rate', '--json');
    const { code, out, err } = await ttcbench(words);
    expect(code).toBe(0);
    const { cells } = JSON.parse(out);
    const trials = cells.reduce((sum: number, cell: { trials: number }) => sum + cell.trials, 0);
    expect(trials).toBe(30);
    expect(err).not.toMatch(/not complete/);
    const dry = JSON.parse((await ttcbench([...words, '--dry-run'])).out);
    expect([dry.trials, dry.calls]).toEqual([30, 30]);
  });

  it('counts goodput under --slo, and report judges the same run by other limits', async () => {
    const slo = ['--slo', 'first_token_latency=60000', '--slo', 'throughput=0.001'];
    const { code, out } = await ttcbench(run('--samples', '3', ...slo, '--out', 'slo', '--json'));
    expect(code).toBe(0);
    const [cell] = JSON.parse(out).cells;
    expect([cell.metrics.slo_attainment.mean, cell.goodput > 0]).toEqual([1, true]);
    const kept = JSON.parse((await ttcbench(['report', 'slo', '--json'])).out).cells[0];
    expect(kept.goodput).toBe(cell.goodput);
    const strict = await ttcbench(['report', 'slo', '--slo', 'first_token_latency=0', '--json']);
    expect(JSON.parse(strict.out).cells[0]).toMatchObject({ goodput: 0, metrics: { slo_attainment: { mean: 0 } } });
    const unknown = await ttcbench(run('--slo', 'first_token=500', '--out', 'slo-wrong'));
    expect(unknown.err).toMatch(
      /^E_ARGUMENT: --slo first_token=500: there is no such metric\n {2}help: .*first_token_/,
    );
    expect(unknown.code).toBe(2);
  });

  it('stops cleanly at a token limit, and a dry run calls nobody', async () => {
    const stopped = await ttcbench(run('--max-tokens-total', '500', '--out', 'budget'));
    expect(stopped.err).toMatch(/--max-tokens-total/);
    const before = server.account();
    const dry = await ttcbench([...run('--samples', '4', '--dry-run', '--json')]);
    expect(JSON.parse(dry.out)).toMatchObject({ trials: 8, calls: 8, completionTokens: 8 * 24 });
    expect(server.account()).toEqual(before);
  });
});
