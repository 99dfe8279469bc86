import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { everything } from '../../test/support/registries.ts';
import { backendNames } from '../backends/index.ts';
import { TtcError } from '../core/index.ts';
import { type LoadOptions, loadConfig, type RunFlags } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-errors-'));
const config = join(folder, 'c.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

async function failure(flags: RunFlags, options: Partial<LoadOptions> = {}): Promise<TtcError> {
  const loading = loadConfig({
    flags: { policy: ['baseline'], ...flags },
    env: {},
    folder,
    registries: everything,
    ...options,
  });
  return loading.then(
    (resolved) => expect.fail(`accepted: ${JSON.stringify(resolved.config)}`),
    (error) => error,
  );
}

/** The failure of a file, its name cut off. */
async function ofFile(yaml: string, flags: RunFlags = {}): Promise<string> {
  writeFileSync(config, yaml);
  const { code, message } = await failure({ config, ...flags });
  return `${code} ${message.replaceAll(config, 'c.yaml')}`;
}

describe('unknown names', () => {
  it.each([
    ['sede: 1', 'E_CONFIG c.yaml:1, sede: unknown key "sede"; did you mean seed?'],
    [
      'seed: 1\ngroq:\n  temprature: 1',
      'E_CONFIG c.yaml:3, groq.temprature: unknown key "temprature"; did you mean temperature?',
    ],
    [
      'ggml:\n  base_url: x',
      'E_CONFIG c.yaml:2, ggml.base_url: unknown key "base_url" (known: model, max_tokens, temperature, threads, prefill, prompt_chunk, prefix_cache, kv_slots, reasoning, chat_template_kwargs)',
    ],
    [
      'policies:\n  early_exit_28:\n    exit_layers: 3',
      'E_CONFIG c.yaml:3, policies.early_exit_28.exit_layers: unknown key "exit_layers"; did you mean exit_layer?',
    ],
    [
      'policies:\n  early_exit: {}',
      'E_POLICY c.yaml:2, policies.early_exit: there is no policy "early_exit"; did you mean early_exit_28?',
    ],
    [
      'policies: [speculativ_decoding]',
      'E_POLICY c.yaml:1, policies.speculativ_decoding: there is no policy "speculativ_decoding"; did you mean speculative_decoding?',
    ],
    [
      'policies:\n  early_exit_28+adaptive_kv_static:\n    early_exit_32: {}',
      'E_CONFIG c.yaml:3, policies.early_exit_28+adaptive_kv_static.early_exit_32: unknown key "early_exit_32"; did you mean early_exit_28?',
    ],
    [
      'benchmarks:\n  crm_arena: {}',
      'E_BENCHMARK c.yaml:2, benchmarks.crm_arena: there is no benchmark "crm_arena"; did you mean crmarena?',
    ],
    [
      'benchmarks:\n  extract:\n    sample: 3',
      'E_CONFIG c.yaml:3, benchmarks.extract.sample: unknown key "sample"; did you mean samples?',
    ],
    [
      'data: { worfbenhc: x }',
      'E_BENCHMARK c.yaml:1, data.worfbenhc: there is no benchmark "worfbenhc"; did you mean worfbench?',
    ],
    [
      'early_exit_28: { exit_layer: 3 }',
      'E_CONFIG c.yaml:1, early_exit_28: unknown key "early_exit_28"; parameters of a policy stand under policies:, or in policies.yaml',
    ],
    [
      'backend: grok',
      `E_CONFIG c.yaml:1, backend: must be one of ${backendNames.join(', ')}, not "grok"; did you mean groq?`,
    ],
  ])('%j', async (yaml, expected) => {
    expect(await ofFile(yaml)).toBe(expected);
  });

  it('in flags and --set name the flag', async () => {
    expect(await failure({ policy: ['early_exit_29'] })).toMatchObject({
      code: 'E_POLICY',
      message: '--policy: there is no policy "early_exit_29"; did you mean early_exit_28?',
      help: expect.stringContaining('adaptive_kv_cosine'),
    });
    expect(await failure({ benchmark: ['wrofbench'] })).toMatchObject({
      code: 'E_BENCHMARK',
      message: expect.stringMatching(/^--benchmark: .*worfbench\?$/),
    });
    expect((await failure({ set: ['sampling.topk=3'] })).message).toBe(
      '--set sampling.topk: unknown key "topk"; did you mean top_k?',
    );
    expect((await failure({ policy: ['early_exit_28+'] })).code).toBe('E_POLICY');
  });

  it('list what a user may ask for: the noise floor is there of its own accord, and no mistake', async () => {
    const { help } = await failure({ policy: ['x'] });
    expect(help).toMatch(/^policies: baseline, speculative_decoding, /);
    expect(help).not.toContain('baseline_again');
    const asked = { policy: ['baseline_again'], benchmark: ['extract'] };
    const resolved = await loadConfig({ flags: asked, env: {}, folder, registries: everything });
    expect(resolved.config.policies).toEqual([]);
  });

  it('of environment variables are seen, those of the model cache are no mistake', async () => {
    expect(await failure({}, { env: { TTCBENCH_SAMPLE: '3' } })).toMatchObject({
      code: 'E_CONFIG',
      message: 'TTCBENCH_SAMPLE: there is no such variable; did you mean TTCBENCH_SAMPLES?',
    });
    const env = { TTCBENCH_CACHE: 'x', OTHER_SAMPLE: '3' };
    await loadConfig({ flags: { policy: ['baseline'] }, env, folder, registries: everything });
  });

  it('of parameters of a sweep are seen, in a composition, too', async () => {
    const flags = { policy: ['speculative_decoding'] };
    const params = { speculative_decoding: { lookahed_tokens: 1 } };
    expect(await failure(flags, { params })).toMatchObject({
      code: 'E_ARGUMENT',
      message: '--param lookahed_tokens: unknown key "lookahed_tokens"; did you mean lookahead_tokens?',
    });
    const name = 'elastic_batch_greedy+speculative_decoding';
    expect(
      await failure({ policy: [name] }, { params: { [name]: { elastic_batch_greedy: { slot: 1 } } } }),
    ).toMatchObject({ message: expect.stringMatching(/^--param elastic_batch_greedy\.slot: .*did you mean slots\?/) });
  });

  it('of a scorer that no benchmark of the run takes are no silent wish', async () => {
    expect(await failure({ benchmark: ['extract'], scorer: ['rouge'] })).toMatchObject({
      code: 'E_ARGUMENT',
      message: '--scorer: extract has a scorer of its own',
    });
    const flags = { policy: ['baseline'], benchmark: ['extract', './mine.jsonl'], scorer: ['rouge'] };
    await loadConfig({ flags, env: {}, folder, registries: everything });
  });

  it('of benchmarks list what can run, and apart what cannot', async () => {
    const built = ['extract', 'worfbench'];
    const registries = {
      ...everything,
      builtBenchmarks: everything.builtBenchmarks.filter(({ name }) => built.includes(name)),
    };
    const { help } = await failure({ benchmark: ['x'] }, { registries });
    expect(help).toBe(
      'benchmarks: worfbench (with --data), extract, or the path of a .jsonl file; not in this version yet: crmarena, crm-synth, worf-synth, tiny-crm',
    );
  });
});

describe('benchmarks that are known but not built', () => {
  it('say what would help', async () => {
    const registries = {
      ...everything,
      builtBenchmarks: everything.builtBenchmarks.filter(({ name }) => name === 'worfbench'),
    };
    const { code, message, help } = await failure({ benchmark: ['worfbench'] }, { registries });
    expect([code, message]).toEqual(['E_DATA', 'worfbench has no data here']);
    expect(help).toBe('give it with --data worfbench=PATH');
    expect(await failure({ benchmark: ['extract'] }, { registries })).toMatchObject({ code: 'E_NOT_BUILT' });
  });
});

describe('wrong values', () => {
  it.each([
    ['samples', ['0', '-3', '2.5', '"5"', '.nan', '.inf', 'true', 'none', '[1]'], 'a whole number from 1, or all'],
    ['repeats', ['0', '-1', '1.5', 'many'], 'a whole number from 1 to 10000'],
    ['seed', ['-1', '0.5', '1e300', 'x'], 'a whole number from 0 to 9007199254740991'],
    ['timeout', ['0', '-1', '.inf', 'soon', '86401'], 'seconds above 0 and at most 86400'],
    ['gap_timeout', ['0', 'soon'], 'seconds above 0 and at most 86400'],
    ['max_tokens', ['0', '1000001', '"9"'], 'a whole number from 1 to 1000000'],
    ['temperature', ['-0.1', '2.1', '.nan', 'hot'], 'a number from 0 to 2'],
    ['concurrency', ['0', '10001'], 'a whole number from 1 to 10000'],
    ['threads', ['0', '257', 'all'], 'a whole number from 1 to 256, or auto'],
    ['rps', ['0', '-1', '.inf'], 'requests per second above 0'],
    ['arrivals', ['random'], 'one of constant, poisson'],
    ['requests_per_second', ['0'], 'requests per second above 0'],
    ['duration', ['0', '"1m"'], 'seconds above 0'],
    ['max_cost', ['0', '-5'], 'US dollars above 0'],
    ['offline', ['"yes"', '1'], 'true or false'],
    ['prefill', ['fast'], 'one of flash, exact'],
    ['kv_slots', ['0', '1.5', 'x'], 'a whole number from 1 to 16777216'],
    ['base_url', ['localhost:8000', 'ftp://x', '[]'], 'an http or https URL, or a list of them'],
    ['margin', ['0.02', '{ quality: -1 }', '{ quality: x }'], 'a map of metric names to numbers from 0'],
    ['data', ['x', '{ worfbench: 3 }'], 'a map of benchmark names to paths'],
    ['metrics', ['3', '[]', '[""]'], 'a text or a list of texts'],
    ['model', ['""', '3'], 'a text'],
    ['sampling', ['3', '[]'], 'a map of keys to values'],
    ['benchmarks', ['3'], 'a list of names or a map'],
    ['policies', ['true', '[1]', '[""]'], ''],
  ])('of %s', async (key, values, rule) => {
    for (const value of values) {
      const message = await ofFile(`${key}: ${value}`);
      expect(message, value).toMatch(new RegExp(`^E_CONFIG c\\.yaml(:1)?, ${key}: must `));
      expect(message).toContain(rule);
    }
  });

  it('within maps say where', async () => {
    expect(await ofFile('sampling:\n  top_p: 0')).toBe(
      'E_CONFIG c.yaml:2, sampling.top_p: must be a number above 0 and at most 1, not 0',
    );
    expect(await ofFile('benchmarks:\n  extract:\n    samples: -1')).toBe(
      'E_CONFIG c.yaml:3, benchmarks.extract.samples: must be a whole number from 1, or all, not -1',
    );
    expect(await ofFile('benchmarks:\n  extract: 5')).toBe(
      'E_CONFIG c.yaml:2, benchmarks.extract: must be a map, not 5',
    );
    expect(await ofFile('policies:\n  early_exit_28: 3')).toBe(
      'E_CONFIG c.yaml:2, policies.early_exit_28: must be a map, not 3',
    );
    expect(await ofFile('benchmarks:\n  extract:\n    level: 9')).toMatch(/^E_BENCHMARK benchmarks\.extract\.level: /);
  });

  it('of parameters are judged by the policy itself, at the place that set them', async () => {
    const params = z.strictObject({ ratio: z.number().min(0).max(1).default(0.8) });
    const policy = { name: 'adaptive_kv', variants: { adaptive_kv_static: {} }, params };
    const registries = { ...everything, builtPolicies: [policy] };
    const flags = { policy: ['adaptive_kv_static'], set: ['policies.adaptive_kv_static.ratio=7'] };
    const { code, message } = await failure(flags, { registries });
    expect([code, message]).toEqual([
      'E_POLICY',
      expect.stringMatching(/^--set policies\.adaptive_kv_static\.ratio: .*1, not 7$/),
    ]);
  });

  it('of flags and environment variables name them', async () => {
    expect(await failure({ samples: '' })).toMatchObject({
      code: 'E_ARGUMENT',
      message: '--samples: must be a whole number from 1, or all, not ""',
    });
    expect(await failure({ maxTokens: 'NaN' })).toMatchObject({
      code: 'E_ARGUMENT',
      message: expect.stringMatching(/^--max-tokens: /),
    });
    expect(await failure({ data: ['worfbench'] })).toMatchObject({
      code: 'E_ARGUMENT',
      message: '--data worfbench: must be NAME=PATH',
    });
    expect(await failure({ margin: ['0.02'] })).toMatchObject({
      code: 'E_ARGUMENT',
      message: '--margin 0.02: must be NAME=NUMBER',
    });
    expect(await failure({ policy: ['a,,b'] })).toMatchObject({
      code: 'E_ARGUMENT',
      message: '--policy: a name is empty',
    });
    expect(await failure({ set: ['seed'] })).toMatchObject({ code: 'E_ARGUMENT' });
    expect(await failure({}, { env: { TTCBENCH_SAMPLES: 'few' } })).toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(/^TTCBENCH_SAMPLES: .*"few"$/),
    });
  });

  it('name a path that is not there', async () => {
    expect(await failure({ data: ['worfbench=/absent'] })).toMatchObject({
      code: 'E_DATA',
      message: '--data: /absent cannot be read: it does not exist',
    });
    expect(await failure({ config: '/absent.yaml' })).toMatchObject({
      code: 'E_CONFIG',
      message: 'the configuration /absent.yaml cannot be read: it does not exist',
    });
  });
});

describe('files that are no configuration', () => {
  it.each([
    ['seed: 1\n  repeats: 2', /^E_CONFIG c\.yaml:1:7: Nested mappings/],
    ['policies: [a', /^E_CONFIG c\.yaml:1:\d+: /],
    ['seed: 1\nseed: 2', /^E_CONFIG c\.yaml:2:1: Map keys must be unique/],
    ['seed: 1\n---\nseed: 2', /^E_CONFIG c\.yaml:2:\d+: .*multiple documents/],
    ['- seed', /^E_CONFIG c\.yaml: must be a map of keys to values$/],
    ['just words', /^E_CONFIG c\.yaml: must be a map of keys to values$/],
    ['seed: *absent', /^E_CONFIG c\.yaml: Unresolved alias.*: absent$/],
    [
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdef'
        .split('')
        .map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcde'[i]}`)}]`)
        .join('\n')}`,
      /^E_CONFIG c\.yaml: Excessive alias count/,
    ],
  ])('%j', async (yaml, expected) => {
    expect(await ofFile(yaml)).toMatch(expected);
  });
});

it.each(['policies:\n  baseline:\n seed: 1', 'policies:\n\tbaseline:', 'seed: a: b'])(
  '%j: how YAML is written',
  async (yaml) => {
    writeFileSync(config, yaml);
    expect(await failure({ config })).toMatchObject({
      message: expect.stringMatching(/c\.yaml:\d+:\d+: /),
      help: expect.stringMatching(/^indent with spaces/),
    });
  },
);

describe('keys of services', () => {
  it('are refused in a file and never shown', async () => {
    for (const yaml of [
      'groq: { api_key: gsk_secret }',
      'api_key: gsk_secret',
      'groq: { api_key_env: gsk_secret }',
      'api_key_env: sk-secret',
    ]) {
      writeFileSync(config, yaml);
      const error = await failure({ config });
      expect(error.code).toBe('E_CONFIG');
      expect(`${error.message} ${error.help}`).not.toContain('secret');
    }
    expect((await failure({ set: ['groq.api_key=gsk_secret'] })).message).not.toContain('secret');
    const helpFor = async (yaml: string) => {
      writeFileSync(config, yaml);
      return (await failure({ config })).help;
    };
    expect(await helpFor('api_key: gsk_secret')).toMatch(/read from the environment/);
    expect(await helpFor('somewhere: { samples: 4 }')).toBeUndefined();
  });
});

it('any file either makes a configuration or an error of ours', async () => {
  const keys = [
    'seed',
    'samples',
    'policies',
    'benchmarks',
    'groq',
    'sampling',
    'data',
    'margin',
    'early_exit_28',
    'extract',
    '__proto__',
    'constructor',
  ];
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      tie('map'),
      fc.array(tie('value'), { maxLength: 2 }),
    ),
    map: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 4 }),
  }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(tree.map, fc.string()), async (content) => {
      writeFileSync(config, typeof content === 'string' ? content : stringify(content));
      const flags = { policy: ['baseline'], config };
      const outcome = await loadConfig({ flags, env: {}, folder, registries: everything }).catch((error) => error);
      expect(outcome instanceof TtcError || Object.hasOwn(outcome, 'config')).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(Object.keys(Object.prototype)).toEqual([]);
});
