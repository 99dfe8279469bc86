/** The command line as a user types it: the built program, in an empty folder, on the embedded model. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtBenchmarks } from '../src/benchmarks/index.ts';
import { policies } from '../src/policies/index.ts';
import { type Ended, openCommandLine, startTtcbench } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-cli-'));
const typed = openCommandLine(folder);
afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const ttcbench = (...words: string[]) => typed(words);
/** In a process of its own. */
const start = (...words: string[]) => startTtcbench(folder, words);

const seed = readFileSync(new URL('./support/seed-config.yaml', import.meta.url), 'utf8');

describe('run', () => {
  const words = ['run', '--policy', 'speculative_decoding', '--benchmark', 'tiny-crm', '--model', 'tiny8'];
  const full = [...words, '--samples', '6', '--out', 'first'];
  let first: Ended;
  beforeAll(async () => {
    first = await start(...full, '--json');
  });

  it('prints the report that it writes', () => {
    expect(first.code).toBe(0);
    const report = JSON.parse(first.out);
    const names = report.cells.map((cell: { policy_name: string }) => cell.policy_name);
    expect(names).toEqual(['baseline', 'speculative_decoding', 'baseline_again']);
    for (const cell of report.cells) expect(cell).toMatchObject({ trials: 6, failed: 0, fidelity: 'exact' });
    expect(report.cells[1].acted).toBe(true);
    expect(report.cells[1].metrics.agreement.mean).toBe(1);
    expect(report.cells[1].vs_baseline.passes_per_token.ratio.mean).toBeLessThan(1);
    for (const file of ['run.json', 'jobs.jsonl', 'samples.jsonl', 'journal-main.jsonl', 'metrics_report.md']) {
      expect(existsSync(join(folder, 'first', file)), file).toBe(true);
    }
    expect(readFileSync(join(folder, 'metrics_report.md'), 'utf8')).toMatch(/speculative_decoding/);
  });

  it('a second time plays nothing', async () => {
    const before = readFileSync(join(folder, 'first', 'journal-main.jsonl'), 'utf8');
    const again = await ttcbench(...full);
    expect(again).toMatchObject({ code: 0, err: expect.stringMatching(/first: nothing left to play, all 18 trials/) });
    expect(readFileSync(join(folder, 'first', 'journal-main.jsonl'), 'utf8')).toBe(before);
  });

  it('refuses a folder of another plan, naming what differs', async () => {
    const other = await ttcbench(...words, '--samples', '7', '--out', 'first');
    expect(other).toMatchObject({ code: 2, err: expect.stringMatching(/E_PLAN.*samples/) });
  });

  it('plays exactly the jobs of a file', async () => {
    const [line] = readFileSync(join(folder, 'first', 'jobs.jsonl'), 'utf8').split('\n');
    writeFileSync(join(folder, 'one.jsonl'), `${line}\n`);
    const one = await ttcbench(...words, '--samples', '6', '--jobs', 'one.jsonl', '--out', 'one', '--json');
    expect(one.code).toBe(0);
    expect(
      readFileSync(join(folder, 'one', 'journal-main.jsonl'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  });

  it('refuses jobs that claim another cell than the one that would be played', async () => {
    const [line = ''] = readFileSync(join(folder, 'first', 'jobs.jsonl'), 'utf8').split('\n');
    // Without its checksum, as somebody would who writes it by hand.
    const { crc: _, ...job } = JSON.parse(line);
    writeFileSync(
      join(folder, 'forged.jsonl'),
      `${JSON.stringify(job).replace('"model":"tiny8"', '"model":"gpt-5"')}\n`,
    );
    const forged = await ttcbench(...words, '--samples', '6', '--jobs', 'forged.jsonl', '--out', 'forged');
    expect(forged).toMatchObject({ code: 2, err: expect.stringMatching(/E_PLAN.*gpt-5|E_PLAN.*is not in this plan/) });
    expect(existsSync(join(folder, 'forged', 'journal-main.jsonl'))).toBe(false);
  });

  it('a dry run of a sweep plays and writes nothing', async () => {
    const sweep = [
      'sweep',
      '--policy',
      'speculative_decoding',
      '--param',
      'lookahead_tokens=1,2,4',
      '--benchmark',
      'tiny-crm',
    ];
    const dry = await ttcbench(...sweep, '--model', 'tiny8', '--samples', '3', '--out', 'dry', '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringMatching(/^15 trials/m) });
    expect(dry.out).toContain('policies: baseline, speculative_decoding[lookahead_tokens=1]');
    expect(dry.out).toMatch(/benchmarks: tiny-crm \(3 samples\)\nmodel: tiny8 on ggml\nrun folder: dry, a new one\n/);
    expect(existsSync(join(folder, 'dry'))).toBe(false);
  });

  it('a limit on tokens stops it cleanly on the engine, too', async () => {
    const { code, err } = await ttcbench(...words, '--samples', '6', '--max-tokens-total', '300', '--out', 'bounded');
    expect(err).toMatch(
      /Stopped: the 300 tokens of --max-tokens-total are used: \d+ tokens with the calls in flight$/m,
    );
    expect(code).toBe(0);
  });

  it('report shows the table of a folder again', async () => {
    const [table, json] = [await ttcbench('report', 'first'), await ttcbench('report', 'first', '--json')];
    expect(table).toMatchObject({ code: 0, out: expect.stringMatching(/speculative_decoding/) });
    const { cells } = JSON.parse(json.out);
    expect(cells).toEqual(JSON.parse(first.out).cells);
  });
});

describe('metrics of the user’s own', () => {
  const module = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

  it('stand in the report beside the others', async () => {
    const [json, table] = [
      await ttcbench('report', 'first', '--json', '--metrics', module('examples/brevity.mjs')),
      await ttcbench('report', 'first', '--metrics', module('examples/brevity.mjs')),
    ];
    for (const cell of JSON.parse(json.out).cells) expect(cell.metrics.brevity.mean).toBeGreaterThan(0);
    expect(table.out).toMatch(/^policy.* brevity/m);
    expect(readFileSync(join(folder, 'metrics_report.md'), 'utf8')).toMatch(
      /\| brevity .*\n[\s\S]*- brevity: A metric/,
    );
  });

  it('that fail are missing with a warning and cost no trial', async () => {
    const { out, code } = await ttcbench(
      'report',
      'first',
      '--json',
      '--metrics',
      module('test/support/faulty-metrics.mjs'),
    );
    const { cells, warnings } = JSON.parse(out);
    expect(code).toBe(0);
    expect(cells[0]).toMatchObject({ trials: 6, failed: 0 });
    expect(cells[0].metrics.in_code.mean).toBeGreaterThan(0);
    expect(cells[0].metrics).not.toHaveProperty('throws');
    expect(cells[0].metrics).not.toHaveProperty('not_a_number');
    const of = (name: string) => warnings.filter((warning: string) => warning.startsWith(`${name} `));
    expect(of('throws')).toEqual([
      expect.stringMatching(
        /^throws is missing in 18 of 18 trials, in all 3 cells; the first, .*: it failed: a metric of the user’s own/,
      ),
    ]);
    expect(of('in_code')).toEqual([expect.stringMatching(/is read as a score/)]);
    expect(of('not_a_number')[0]).toMatch(/not_a_number is missing in .*: NaN is not a finite number/);
  });

  it('rescore computes scores anew, calls no model and leaves the journal as it is', async () => {
    const journal = join(folder, 'first', 'journal-main.jsonl');
    const before = readFileSync(journal, 'utf8');
    const [refused, rescored, reported] = [
      await ttcbench('rescore', 'first', '--margin', 'qualty=1'),
      await ttcbench('rescore', 'first', '--json'),
      await ttcbench('report', 'first', '--json'),
    ];
    expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/^E_ARGUMENT: margin qualty/) });
    expect(rescored.code).toBe(0);
    expect(JSON.parse(rescored.out).cells[0].metrics.exact_match).toEqual(
      JSON.parse(reported.out).cells[0].metrics.exact_match,
    );
    expect(readFileSync(journal, 'utf8')).toBe(before);
    const scores = readFileSync(join(folder, 'first', 'scores.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(scores).toHaveLength(before.trim().split('\n').length);
  });
});

describe('run --help', () => {
  it('ends with what --policy and --benchmark take', async () => {
    const { out } = await ttcbench('run', '--help');
    const [, policyLine = '', benchmarkLine = ''] = /\npolicies:(.*)\nbenchmarks:(.*)$/s.exec(out) ?? [];
    const variants = policies.flatMap((policy) => Object.keys(policy.variants));
    for (const name of variants.filter((name) => name !== 'baseline_again')) expect(policyLine).toContain(name);
    for (const { name } of builtBenchmarks) expect(benchmarkLine).toContain(name);
  });
});

describe('words that are wrong', () => {
  const wrong: [words: string[], code: number, message: RegExp][] = [
    [['run', '--policy', 'speculative_decodin'], 2, /E_POLICY.*did you mean.*speculative_decoding/],
    [['run', '--policy', 'speculative_decoding', '--benchmark', 'extrakt'], 2, /E_BENCHMARK.*did you mean.*extract/],
    [
      ['run', '--policy', 'baseline', '--benchmark', 'extract', '--scorer', 'rouge'],
      2,
      /E_ARGUMENT: --scorer: extract has/,
    ],
    [
      ['run', '--policy', 'baseline', '--margin', 'qualty=0.1', '--benchmark', 'extract'],
      2,
      /qualty.*did you mean quality\?/,
    ],
    [['report', 'first', '--margin', 'qualty=0.1'], 2, /qualty.*did you mean quality\?/],
    [
      ['sweep', '--policy', 'speculative_decoding', '--param', 'lookahed_tokens=1,4'],
      2,
      /did you mean lookahead_tokens\?/,
    ],
    [
      ['run', '--policy', './absent.mjs', '--model', 'tiny8'],
      2,
      /E_ARGUMENT: --policy .\/absent.mjs: there is no such file/,
    ],
    [['run', '--policy', './throws.mjs', '--model', 'tiny8'], 2, /E_ARGUMENT.*boom at import \(throws.mjs:2:7\)/],
    [['run', '--policy', './syntax.mjs', '--model', 'tiny8'], 2, /E_ARGUMENT.*Unexpected.*\(syntax.mjs:3\)/],
    [['report', 'first', '--metrics', './syntax.mjs'], 2, /E_ARGUMENT: --metrics.*\(syntax.mjs:3\)/],
    [['run', '--policy', './shapeless.mjs', '--model', 'tiny8'], 2, /E_POLICY.*params is no schema/],
    [
      ['run', '--policy', 'LOUD.MJS', '--model', 'tiny8'],
      2,
      /E_ARGUMENT: --policy LOUD.MJS: .*extension.*\n.*rename the file/,
    ],
    [
      ['run', '--policy', 'baseline', '--benchmark', 'tiny-crm', '--model', './absent.gguf'],
      2,
      /E_MODEL.*it does not exist/,
    ],
    [['run', '--policy', 'baseline', '--benchmark', 'tiny-crm', '--model', './broken.gguf'], 2, /E_GGUF/],
    [['run', '--policy', 'speculative_decoding+early_exit_28', '--benchmark', 'extract', '--dry-run'], 2, /E_COMPOSE/],
    [
      [
        'run',
        '--policy',
        'elastic_batch_greedy+early_exit_28',
        '--benchmark',
        'extract',
        '--backend',
        'groq',
        '--dry-run',
      ],
      2,
      /E_NO_REALISATION/,
    ],
    [['run', '--policy', 'baseline', '--benchmark', './bad.jsonl'], 2, /bad.jsonl, line 1: reference: is missing/],
    [['run', '--policy', 'speculative_decoding', '--samples', '-3'], 2, /E_ARGUMENT.*samples/],
    [
      ['run', '--polcy', 'x'],
      2,
      /^E_ARGUMENT: unknown option '--polcy'; did you mean --policy\?\n {2}help: ttcbench run/,
    ],
    [['runn'], 2, /^E_ARGUMENT: unknown command 'runn'; did you mean run\?\n {2}help: ttcbench --help/],
    [['show', 'a'], 2, /^E_ARGUMENT: missing required argument 'sample'\n {2}help: ttcbench show --help/],
    [['run', '--\u001b[2J'], 2, /^E_ARGUMENT: unknown option '--\\u001b\[2J'/],
    [
      ['serve', '--prot', '1'],
      2,
      /^E_ARGUMENT: unknown option '--prot'; did you mean --port\?\n {2}help: ttcbench serve/,
    ],
    [
      ['run', '--param', 'exit_layer=2,3'],
      2,
      /^E_ARGUMENT: --param belongs to ttcbench sweep\n.*policies\.NAME\.exit_layer=2$/m,
    ],
    [['export', 'first', '--out', 'rows.xml'], 2, /^E_ARGUMENT: --out rows\.xml: \.xml is no format/],
    [['run', '--set', 'seed'], 2, /^E_ARGUMENT: --set seed: must be key=value/],
    [['run'], 2, /E_ARGUMENT.*no policy/],
    [['worker'], 2, /--queue/],
    [['dbt', 'build'], 2, /missing required argument 'runs'/],
    [['data', 'make'], 2, /required option '--out/],
    [['worker', '--queue', 'http://x'], 2, /E_ARGUMENT.*redis:/],
    [['dash', 'nowhere'], 2, /E_DATA.*nowhere/],
    [['report', 'nowhere'], 2, /E_DATA.*nowhere/],
    [
      ['run', '--policy', 'speculative_decoding', '--model', 'smollm2-135n', '--benchmark', 'extract'],
      2,
      /E_MODEL.*did you mean/,
    ],
    [['run', '--policy', 'speculative_decoding', '--model', 'package.json', '--benchmark', 'extract'], 2, /E_MODEL/],
  ];
  let ended: Ended[];
  beforeAll(async () => {
    const files = {
      'throws.mjs': "export const one = 1;\nthrow new Error('boom at import');\n",
      'syntax.mjs': 'export const one = 1;\n\nexport default {{;\n',
      'shapeless.mjs': "export default { name: 'x', params: {} };\n",
      'LOUD.MJS': 'export default {};\n',
      'broken.gguf': 'not a model',
      'bad.jsonl': '{"id": "1", "prompt": "x"}\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    ended = await Promise.all(wrong.map(([words]) => typed(words)));
  });

  it.each(wrong.map((one, at) => [...one, at] as const))('%j', (_words, code, message, at) => {
    expect(ended[at]?.err).toMatch(message);
    expect(ended[at]?.err).not.toMatch(/\n\s+at /);
    expect(ended[at]?.code).toBe(code);
  });

  it('are the exit code of the process, too', async () => {
    expect(await start('report', 'nowhere')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/E_DATA.*nowhere/),
    });
    expect(await start('runn')).toMatchObject({ code: 2, err: expect.stringMatching(/unknown command.*run/s) });
  });

  it('a seed configuration is read as it stands', async () => {
    writeFileSync(join(folder, 'config.yaml'), seed);
    const { code, out, err } = await ttcbench('run', '--config', 'config.yaml', '--dry-run', '--model', 'tiny8');
    expect(code, err).toBe(0);
    expect(out).toMatch(/crm-synth \(50 samples\), worf-synth \(50 samples\)/);
  });
});

describe('demo', () => {
  it('goes on where it was stopped; a finished one is left alone and measured anew beside', async () => {
    const words = ['demo', '--model', 'tiny8', '--policy', 'early_exit_32', '--samples', '2'];
    const folderOf = ({ err }: Ended) => /Run folder: (\S+)/.exec(err)?.[1] ?? '';
    const stopped = await ttcbench(...words, '--max-tokens-total', '100');
    expect(folderOf(stopped)).toMatch(/^runs\/demo-[0-9a-f]{12}$/);
    const whole = await ttcbench(...words);
    expect(whole.err).toMatch(/^resuming/m);
    expect(folderOf(whole)).toBe(folderOf(stopped));
    expect(folderOf(await ttcbench(...words))).toBe(`${folderOf(stopped)}-2`);
  });

  it('without network runs the embedded model and says so in its first line', async () => {
    const { code, out, err } = await start('demo', '--offline', '--samples', '2', '--out', 'demo');
    expect(out.split('\n')[0]).toMatch(/default model cannot be had.*tiny8/);
    expect(out).toMatch(/^tiny-crm, 2 samples/m);
    expect(out).toMatch(/^speculative_decoding +2 /m);
    expect(err).toMatch(/Run folder: demo/);
    expect(code).toBe(0);
  }, 180_000);
});

describe('doctor', () => {
  it('names the library, the models and missing keys', async () => {
    const { code, out } = await ttcbench('doctor');
    expect(out).toMatch(/ggml/);
    expect(out).toMatch(/tiny8: whole/);
    expect(out).toMatch(/rowInvariance: (a row of a decode pass|the last bits of a row)/);
    expect(out).toMatch(/weights: .* as in the file/);
    expect(out).toMatch(/GROQ_API_KEY: not set/);
    expect(code).toBe(0);
  });
});
