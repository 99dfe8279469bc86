import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { everything } from '../../test/support/registries.ts';
import { type LoadOptions, loadConfig, type RunFlags } from './index.ts';
import { variantsOf } from './registries.ts';

vi.mock('../core/available-cores.ts', () => ({ availableCores: () => 3 }));

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file in a folder of its own, so that no `policies.yaml` lies beside it by chance. */
function file(text: string, name = 'config.yaml'): string {
  const path = join(mkdtempSync(join(folder, 'x-')), name);
  writeFileSync(path, text);
  return path;
}

const load = (flags: RunFlags, options: Partial<LoadOptions> = {}) =>
  loadConfig({ flags, env: {}, folder, registries: everything, ...options });
const policies = async (flags: RunFlags, options?: Partial<LoadOptions>) =>
  (await load(flags, options)).config.policies;
const names = async (flags: RunFlags, options?: Partial<LoadOptions>) =>
  (await policies(flags, options)).map(({ name }) => name);

const seedConfig = `# config.yaml
groq:
  model: "llama-3.3-70b-versatile"
  max_tokens: 1024
  temperature: 0.7
  
benchmarks:
  crmarena:
    samples: 50
    timeout: 30
  worfbench:
    samples: 50
    timeout: 45

policies:
  early_exit_28:
    exit_layer: 28
    confidence_threshold: 0.8
`;
const seedPolicies = `# policies.yaml
speculative_decoding:
  lookahead_tokens: 4
  acceptance_threshold: 0.6
  
dynamic_pruning_top_p:
  top_p: 0.9
  min_tokens: 10
`;

describe('the configuration of the system that came before', () => {
  const config = file(seedConfig);
  const table = join(config, '..', 'policies.yaml');
  writeFileSync(table, seedPolicies);

  it('runs on the engine as it stands, with stand-ins that are named', async () => {
    const resolved = await load({ config });
    expect(resolved.config).toEqual({
      backend: { name: 'ggml', model: null, baseUrls: [], apiKeyEnv: null, threads: 1 },
      benchmarks: [
        { name: 'crm-synth', standsFor: 'crmarena', samples: 50, timeout: 30, options: {} },
        { name: 'worf-synth', standsFor: 'worfbench', samples: 50, timeout: 45, options: {} },
      ],
      policies: [{ name: 'early_exit_28', params: {} }],
      repeats: 1,
      seed: 1,
      maxTokens: null,
      temperature: 0,
      sampling: {},
      margin: { quality: 0.02 },
      concurrency: 8,
    });
    expect(resolved.notes).toEqual([
      expect.stringMatching(/^crmarena has no data here: running crm-synth/),
      expect.stringMatching(/^worfbench has no data here: running worf-synth/),
    ]);
    expect(resolved.files).toEqual([config, table]);
  });

  it('gives its groq section to that backend only', async () => {
    const { config: resolved } = await load({ config, backend: 'groq' });
    expect(resolved).toMatchObject({
      backend: { name: 'groq', model: 'llama-3.3-70b-versatile', apiKeyEnv: 'GROQ_API_KEY' },
      maxTokens: 1024,
      temperature: 0.7,
    });
    expect((await load({ config, backend: 'openai' })).config).toMatchObject({
      backend: { model: null },
      temperature: 0,
    });
  });

  it('takes policies.yaml for parameters, and for the selection where nothing else selects', async () => {
    writeFileSync(table, seedPolicies.replace('tokens: 4', 'tokens: 2'));
    const params = { lookahead_tokens: 2 };
    expect(await policies({ config, policy: ['speculative_decoding'] })).toEqual([
      { name: 'speculative_decoding', params },
    ]);
    expect(await names({ config: file('seed: 1') }, { policiesFile: table })).toEqual([
      'speculative_decoding',
      'dynamic_pruning_top_p',
    ]);
    writeFileSync(table, seedPolicies);
  });
});

describe('selecting policies', () => {
  it('takes repeated flags, comma lists and compositions, each once, without the baseline', async () => {
    const policy = [
      'early_exit_28, early_exit_32',
      'elastic_batch_greedy + speculative_decoding',
      'baseline,early_exit_28',
    ];
    expect(await names({ policy })).toEqual([
      'early_exit_28',
      'early_exit_32',
      'elastic_batch_greedy+speculative_decoding',
    ]);
  });

  it('means every built variant by --all, in the order of the documentation', async () => {
    const all = variantsOf(everything).filter((name) => name !== 'baseline');
    expect(await names({ all: true })).toEqual(all);
    expect(await names({ policy: ['all', 'early_exit_28+adaptive_kv_static'] })).toEqual([
      ...all,
      'early_exit_28+adaptive_kv_static',
    ]);
    expect(await names({ config: file('policies: all') })).toEqual(all);
  });

  it('takes a list in a file as well as a map, and flags in place of both', async () => {
    const config = file('policies: [early_exit_28, adaptive_kv_static]');
    expect(await names({ config })).toEqual(['early_exit_28', 'adaptive_kv_static']);
    expect(await names({ config, policy: ['early_exit_32'] })).toEqual(['early_exit_32']);
    expect(await names({ config: file('policies: []') })).toEqual([]);
  });

  it('adds what --set names to what the file names', async () => {
    const set = ['policies.adaptive_kv_static.ratio=0.5'];
    expect(await policies({ config: file('policies: [early_exit_28]'), set })).toEqual([
      { name: 'early_exit_28', params: {} },
      { name: 'adaptive_kv_static', params: { ratio: 0.5 } },
    ]);
  });

  it('asks for a policy where none is named', async () => {
    await expect(load({})).rejects.toMatchObject({ code: 'E_ARGUMENT', help: expect.stringContaining('--all') });
  });

  it('lets a module of the user stand for a policy', async () => {
    const set = ['policies={./mine.js: {width: 3}}'];
    expect(await policies({ set })).toEqual([{ name: './mine.js', params: { width: 3 } }]);
  });
});

describe('parameters of policies', () => {
  it('are kept only where they differ from the variant, so that equal runs have equal configurations', async () => {
    const config = file('policies: { early_exit_28: { exit_layer: 28, confidence_threshold: 0.9 } }');
    expect(await policies({ config })).toEqual([{ name: 'early_exit_28', params: { confidence_threshold: 0.9 } }]);
  });

  it('come key by key from the highest place that sets them', async () => {
    const config = file('policies: { adaptive_kv_cosine: { ratio_max: 0.9, sinks: 2, axis: step } }');
    writeFileSync(join(config, '..', 'policies.yaml'), 'adaptive_kv_cosine: { ratio_max: 0.8, ratio_min: 0.1 }');
    const set = ['policies.adaptive_kv_cosine.sinks=3', 'policies.adaptive_kv_cosine.axis=layer'];
    expect(await policies({ config, set })).toEqual([
      { name: 'adaptive_kv_cosine', params: { ratio_max: 0.9, ratio_min: 0.1, sinks: 3 } },
    ]);
  });

  it('of a composition stand per member, its own section before the member`s', async () => {
    const config = file(`
policies:
  elastic_batch_greedy: { slots: 4, max_batch_tokens: 100 }
  elastic_batch_greedy+early_exit_28: { elastic_batch_greedy: { slots: 2 } }`);
    expect(await policies({ config, policy: ['elastic_batch_greedy+early_exit_28'] })).toEqual([
      {
        name: 'elastic_batch_greedy+early_exit_28',
        params: { elastic_batch_greedy: { slots: 2, max_batch_tokens: 100 } },
      },
    ]);
  });
});

describe('selecting benchmarks', () => {
  const flags = { policy: ['baseline'] };
  const benchmarks = async (more: RunFlags) => (await load({ ...flags, ...more })).config.benchmarks;

  it('uses official data where its path is given, in either form', async () => {
    const data = { name: 'worfbench', options: { data: folder } };
    expect(await benchmarks({ benchmark: ['worfbench'], data: [`worfbench=${folder}`] })).toMatchObject([data]);
    expect(await benchmarks({ config: file(`benchmarks: { worfbench: { data: ${folder} } }`) })).toMatchObject([data]);
  });

  it('runs a stand-in once, also where it is named beside what it stands for', async () => {
    const config = file('benchmarks: { crmarena: { samples: 3 } }');
    const flags = { config, benchmark: ['crmarena,crm-synth'] };
    expect(await benchmarks(flags)).toMatchObject([{ name: 'crm-synth', samples: 3 }]);
  });

  it('hands options to the benchmark', async () => {
    const config = file('benchmarks: { crm-synth: { level: 2, samples: all } }');
    expect(await benchmarks({ config })).toEqual([
      { name: 'crm-synth', samples: null, timeout: 120, options: { level: 2 } },
    ]);
  });

  it('takes the path of a file of the user`s own, with scorers', async () => {
    expect(await benchmarks({ benchmark: ['./mine.jsonl'], scorer: ['rouge,exact_match'] })).toEqual([
      { name: './mine.jsonl', samples: 50, timeout: 120, options: { scorer: ['rouge', 'exact_match'] } },
    ]);
  });

  it('falls back to what is built where none is named', async () => {
    expect((await benchmarks({})).map(({ name }) => name)).toEqual(['extract']);
    expect((await benchmarks({ data: [`worfbench=${import.meta.filename}`] })).map(({ name }) => name)).toEqual([
      'worfbench',
    ]);
    const extract = {
      ...everything,
      builtBenchmarks: everything.builtBenchmarks.filter(({ name }) => name === 'extract'),
    };
    expect((await load(flags, { registries: extract })).config.benchmarks).toMatchObject([{ name: 'extract' }]);
  });
});

describe('precedence', () => {
  it('is: flag, --set, environment, file, default, for whichever of them are there', async () => {
    const levels = fc.record({ flag: fc.boolean(), set: fc.boolean(), env: fc.boolean(), file: fc.boolean() });
    const config = file('seed: 4');
    const other = file('repeats: 1');
    await fc.assert(
      fc.asyncProperty(levels, async (there) => {
        const flags: RunFlags = {
          policy: ['baseline'],
          config: there.file ? config : other,
          ...(there.flag ? { seed: '1001' } : {}),
          ...(there.set ? { set: ['seed=2', 'seed=1002'] } : {}),
        };
        const { seed } = (await load(flags, { env: there.env ? { TTCBENCH_SEED: '1003' } : {} })).config;
        expect(seed).toBe(there.flag ? 1001 : there.set ? 1002 : there.env ? 1003 : there.file ? 4 : 1);
      }),
      { numRuns: 40 },
    );
  });

  it('puts a flag before the file`s section of a benchmark and of a backend', async () => {
    const config = file(
      'groq: { temperature: 0.7, model: a }\ntemperature: 0.1\nbenchmarks: { extract: { samples: 3, timeout: 9 } }',
    );
    const resolved = (await load({ config, policy: ['baseline'], backend: 'groq' })).config;
    expect(resolved).toMatchObject({ temperature: 0.7, benchmarks: [{ samples: 3, timeout: 9 }] });
    const flags = { config, policy: ['baseline'], backend: 'groq', temperature: '0', samples: '7', model: 'b' };
    expect((await load(flags)).config).toMatchObject({
      temperature: 0,
      backend: { model: 'b' },
      benchmarks: [{ samples: 7, timeout: 9 }],
    });
  });
});

describe('engine threads', () => {
  const cores = 3;

  it('are warned of where they outnumber the cores, and taken all the same', async () => {
    const run = { policy: ['baseline'], benchmark: ['extract'] };
    const many = await load({ ...run, threads: String(cores + 1) });
    expect(many.config.backend.threads).toBe(cores + 1);
    expect(many.notes).toEqual([expect.stringContaining(`threads ${cores + 1}: this process may use ${cores} `)]);
    for (const flags of [{ threads: String(cores) }, { threads: 'auto' }, { backend: 'groq', threads: '256' }])
      expect((await load({ ...run, ...flags })).notes).toEqual([]);
  });
});

describe('everything else', () => {
  it('reaches the run', async () => {
    const { config, execution } = await load({
      policy: ['baseline'],
      backend: 'openai',
      baseUrl: ['http://localhost:1', 'http://localhost:2/v1'],
      apiKeyEnv: 'MY_KEY',
      threads: 'auto',
      repeats: '3',
      maxTokens: '64',
      concurrency: '2',
      margin: ['quality=0.05', 'latency=1e1'],
      set: [
        'sampling={top_k: 40, min_p: 0.05}',
        'prefill=exact',
        'ggml.kv_slots=512',
        'kv_slots=900',
        'gap_timeout=4',
        'openai.gap_timeout=2.5',
        'arrivals=poisson',
        'openai.requests_per_second=1',
      ],
      rps: '2.5',
      duration: '60',
      jobs: 'jobs.jsonl',
      out: 'runs/x',
      record: 'answers.jsonl',
      retryFailed: true,
      dryRun: true,
      maxCost: '1.5',
      maxTokensTotal: '100000',
      metrics: ['./mine.js'],
      slo: ['first_token_latency=500', 'throughput=20'],
      offline: true,
    });
    expect(config).toMatchObject({
      backend: {
        baseUrls: ['http://localhost:1', 'http://localhost:2/v1'],
        apiKeyEnv: 'MY_KEY',
        threads: 'auto',
        prefill: 'exact',
        kvSlots: 900,
      },
      repeats: 3,
      maxTokens: 64,
      concurrency: 2,
      margin: { quality: 0.05, latency: 10 },
      sampling: { topK: 40, minP: 0.05 },
    });
    expect(execution).toEqual({
      timeline: 'full',
      workers: 1,
      metricsPort: null,
      queue: null,
      jobs: 'jobs.jsonl',
      out: 'runs/x',
      record: 'answers.jsonl',
      rps: 2.5,
      arrivals: 'poisson',
      duration: 60,
      requestsPerSecond: 1,
      requestsPerMinute: null,
      tokensPerMinute: null,
      timeouts: { connect: null, firstToken: null, gap: 2.5 },
      maxCost: 1.5,
      maxTokensTotal: 100_000,
      metrics: ['./mine.js'],
      slo: { first_token_latency: 500, throughput: 20 },
      retryFailed: true,
      dryRun: true,
      offline: true,
    });
  });

  it('comes out equal for equal settings, whichever way they are written', async () => {
    const yaml = 'seed: 7\nsamples: 9\nmargin: { quality: 0.1 }\npolicies: [early_exit_28]\nbenchmarks: [extract]';
    const byFile = await load({ config: file(yaml) });
    const bySet = await load({
      set: ['seed=7', 'samples=9', 'margin.quality=0.1', 'policies=early_exit_28', 'benchmarks=extract'],
    });
    const byFlags = await load({
      seed: '7',
      samples: '9',
      margin: ['quality=0.1'],
      policy: ['early_exit_28'],
      benchmark: ['extract'],
    });
    expect(bySet.config).toEqual(byFile.config);
    expect(byFlags.config).toEqual(byFile.config);
  });

  it('reads .env without overwriting what is set', async () => {
    const home = mkdtempSync(join(folder, 'home-'));
    writeFileSync(join(home, '.env'), 'GROQ_API_KEY="secret"\nTTCBENCH_SEED=5\n# comment\nPATH=/nowhere\n');
    const env: NodeJS.ProcessEnv = { PATH: '/bin' };
    const { config } = await load({ policy: ['baseline'] }, { env, folder: home });
    expect(config.seed).toBe(5);
    expect(env).toEqual({ PATH: '/bin', GROQ_API_KEY: 'secret', TTCBENCH_SEED: '5' });
  });

  it('is not disturbed by an empty file or a byte order mark', async () => {
    expect((await load({ policy: ['baseline'], config: file('') })).config.seed).toBe(1);
    expect((await load({ policy: ['baseline'], config: file('\ufeffseed: 3') })).config.seed).toBe(3);
  });
});
