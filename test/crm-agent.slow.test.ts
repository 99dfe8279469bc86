/** crm-synth's agents, end to end: over a chat API whose model is scripted, and in the engine. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type OpenedBenchmark, openBenchmark } from '../src/assembly/open-benchmarks.ts';
import { openGgmlBackend } from '../src/backends/ggml.ts';
import { openGroqBackend } from '../src/backends/groq.ts';
import type { CrmSample } from '../src/benchmarks/crm-synth/sample.ts';
import type { Backend, Trial } from '../src/core/index.ts';
import { startSimulator, type ToolLine } from '../src/gateway/index.ts';
import { plan } from '../src/runner/plan.ts';
import { toyConfig, toyPolicy, toyRun } from './crash/toy.ts';

const opened: OpenedBenchmark[] = [];
afterAll(async () => {
  for (const { played } of opened) await played.open[Symbol.asyncDispose]();
});
const agents = async (options: Record<string, unknown>, samples: number | null = null) => {
  const benchmark = await openBenchmark({
    ...{ name: 'crm-synth', samples, timeout: 120 },
    options: { level: 4, mode: 'agent', tasks: 1, ...options },
  });
  opened.push(benchmark);
  return benchmark;
};
const samplesIn = ({ played }: OpenedBenchmark) => [...played.samples.values()] as CrmSample[];

async function playOn(backend: Backend, benchmark: OpenedBenchmark, maxTokens: number | null = null): Promise<Trial[]> {
  const { name, model, identity } = backend;
  const config = toyConfig({ concurrency: 2, maxTokens });
  const jobs = plan(config, {
    benchmarks: [benchmark.planned],
    policies: [toyPolicy('baseline', { realisation: backend.realise ? 'engine' : 'client' })],
    backend: { name, model, identity },
  });
  const { outcome, journal, scores } = toyRun(jobs, {
    config,
    cells: () => backend.generate,
    capabilities: backend.capabilities,
    benchmarks: new Map([[benchmark.planned.name, benchmark.played]]),
    patience: { afterTimeout: 30_000, afterAbort: 300 },
  });
  const ended = await outcome();
  expect(journal.lines.flatMap(({ error }) => error ?? [])).toEqual([]);
  expect(ended).toMatchObject({ status: 'complete', progress: { failed: 0, unsupported: 0 } });
  const scored = new Map(scores.lines.map((trial) => [trial.key, trial.scores]));
  return journal.lines.map((trial) => ({ ...trial, scores: scored.get(trial.key) ?? trial.scores }));
}

async function overApi(tools: readonly ToolLine[], benchmark: OpenedBenchmark): Promise<Trial[]> {
  const server = await startSimulator({ tools, ttft: 1, tpot: 0.01 });
  try {
    await using backend = await openGroqBackend({
      ...{ model: null, baseUrls: [server.url], apiKeyEnv: null, environment: {} },
    });
    return await playOn(backend, benchmark);
  } finally {
    await server.close();
  }
}

/** A query whose result names the task: the scripted model then knows what it was asked. */
const marking = (id: string) => `SELECT '${id}' AS task, count(*) AS n FROM "Case"`;
const byTools = (samples: readonly CrmSample[], answer: (sample: CrmSample) => string): ToolLine[] =>
  samples.flatMap((sample) => [
    { turn: 0, when: sample.prompt, calls: [{ name: 'execute', arguments: { query: marking(sample.id) } }] },
    { turn: 1, when: sample.prompt, calls: [{ name: 'respond', arguments: { answer: answer(sample) } }] },
  ]);
const byText = (samples: readonly CrmSample[], answer: (sample: CrmSample) => string): ToolLine[] => [
  ...samples.map((sample) => ({
    ...{ turn: 0, when: `"task":"${sample.id}"` },
    say: `<thought>now I know</thought> <respond>${answer(sample)}</respond>`,
  })),
  ...samples.map(({ id, prompt }) => ({ turn: 0, when: prompt, say: `<execute>${marking(id)}</execute>` })),
];

const oracle = ({ reference }: CrmSample) => reference;
const fool = () => 'I have no idea, perhaps later.';
const rewards = (trials: readonly Trial[]) => trials.map(({ scores }) => scores.reward);

describe.each([
  ['tool calls', 'tools', byTools],
  ['tagged text', 'text', byText],
] as const)('over an API, by %s', (_, wire, scriptOf) => {
  it('an oracle gets everything right in all 22 families, after a query each', async () => {
    const benchmark = await agents({ wire });
    const trials = await overApi(scriptOf(samplesIn(benchmark), oracle), benchmark);
    expect(trials).toHaveLength(22);
    expect(rewards(trials)).toEqual(Array(22).fill(1));
    for (const { turns, actions, sample, answer } of trials) {
      expect(turns).toHaveLength(2);
      expect(actions).toMatchObject([{ name: 'query', output: `[{"task":"${sample}","n":300}]` }]);
      expect(answer?.trajectory).toHaveLength(2);
    }
  });

  it('a fool gets nothing', async () => {
    const benchmark = await agents({ wire });
    expect(rewards(await overApi(scriptOf(samplesIn(benchmark), fool), benchmark))).toEqual(Array(22).fill(0));
  });
});

it('a user who tells things one by one is answered until nothing is left to tell', async () => {
  const benchmark = await agents({ turns: 'multi', wire: 'text', families: ['handle_time'] });
  const [sample] = samplesIn(benchmark) as [CrmSample];
  const details = sample.agent!.details;
  const script: ToolLine[] = [
    { turn: 0, when: details.at(-1)!, say: `<respond>${sample.reference}</respond>` },
    { turn: 0, say: '<respond>Can you tell me more?</respond>' },
  ];
  const [trial] = await overApi(script, benchmark);
  expect(trial!.turns).toHaveLength(details.length + 1);
  expect(trial!.scores.reward).toBe(1);
});

it('in the engine the same loop runs in tagged text, and ends after its turns', async () => {
  const path = fileURLToPath(new URL('../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url));
  await using backend = await openGgmlBackend({ model: 'tiny8', path, sha256: 'unchecked', threads: 1, kvSlots: 4096 });
  const benchmark = await agents({ level: 3, max_turns: 2, families: ['knowledge_qa'] });
  const [trial] = await playOn(backend, benchmark, 40);
  expect(trial).toMatchObject({ status: 'ok', answer: { text: '' }, scores: { reward: 0 } });
  expect(trial!.turns).toHaveLength(2);
});
