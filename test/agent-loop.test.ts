/** An agent with a tool, played in the engine, over a chat API whose model calls it, and from that API's recording. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGgmlBackend } from '../src/backends/ggml.ts';
import { openGroqBackend } from '../src/backends/groq.ts';
import { openReplayBackend } from '../src/backends/replay.ts';
import { type Backend, elapsed, now, type OpenBenchmark, type Trial, timelineOf } from '../src/core/index.ts';
import { startSimulator } from '../src/gateway/index.ts';
import { plan } from '../src/runner/plan.ts';
import { play, type Stage } from '../src/runner/play.ts';
import { toyConfig, toyGenerate, toyPolicy, toyRun } from './crash/toy.ts';
import { script, tasks, toyAgent } from './support/toy-agent.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-agent-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const recording = join(folder, 'answers.jsonl');
const config = toyConfig({ concurrency: 2 });

async function playOn(
  backend: Backend,
): Promise<{ trials: Trial[]; agent: ReturnType<typeof toyAgent>; over: bigint }> {
  const agent = toyAgent();
  const realisation = backend.realise ? 'engine' : 'client';
  const { name, model, identity } = backend;
  const benchmark = { name: 'stock', version: '1', options: {}, sampleIds: tasks.map(({ id }) => id), maxTokens: 64 };
  const jobs = plan(config, {
    benchmarks: [benchmark],
    policies: [toyPolicy('baseline', { realisation })],
    backend: { name, model, identity },
  });
  const { outcome, journal, scores } = toyRun(jobs, {
    config,
    cells: () => backend.generate,
    capabilities: backend.capabilities,
    benchmarks: new Map([['stock', agent.played]]),
    patience: { afterTimeout: 15_000, afterAbort: 300 },
  });
  expect(await outcome()).toMatchObject({ status: 'complete', progress: { failed: 0, unsupported: 0 } });
  const scored = new Map(scores.lines.map((trial) => [trial.key, trial.scores]));
  const trials = journal.lines.map((trial) => ({ ...trial, scores: scored.get(trial.key) ?? trial.scores }));
  return { trials: trials.sort((a, b) => (a.sample < b.sample ? 1 : -1)), agent, over: now() };
}

const overApi = async () => {
  await using server = Object.assign(await startSimulator({ tools: script, ttft: 1, tpot: 0.1 }), {
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  });
  await using backend = await openGroqBackend({
    model: null,
    baseUrls: [server.url],
    apiKeyEnv: null,
    environment: {},
    record: recording,
  });
  return await playOn(backend);
};

/** Milliseconds in which something ran, whatever ran beside it. */
function covered(spans: readonly (readonly [from: number, to: number])[]): number {
  let end = 0;
  let sum = 0;
  for (const [from, to] of [...spans].sort(([a], [b]) => a - b)) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return sum;
}
const callSpans = ({ turns }: Trial) => turns.map(({ start, end }) => [start, start + end] as const);
const actionSpans = ({ actions = [] }: Trial) => actions.map(({ start, end }) => [start, end] as const);

describe('an agent over an API', () => {
  let trials: Trial[];
  let agent: ReturnType<typeof toyAgent>;
  let over: bigint;
  let two: Trial;
  let one: Trial;
  beforeAll(async () => {
    ({ trials, agent, over } = await overApi());
    [two, one] = trials as [Trial, Trial];
  });

  it('gets real tool calls, in pieces, and gives back what they gave', () => {
    expect(trials.map(({ answer, scores }) => [answer?.text, scores])).toEqual([
      ['There are 12 lamps and 7 chairs.', { exact: 1 }],
      ['There are 0 desks.', { exact: 1 }],
    ]);
    expect(two.turns.map(({ reason }) => reason)).toEqual(['tools', 'stop']);
    expect(two.turns[0]?.tool_calls).toMatchObject([
      { name: 'stock', arguments: '{"item":"lamps"}' },
      { name: 'stock', arguments: '{"item":"chairs"}' },
    ]);
    expect(two.turns[1]).not.toHaveProperty('tool_calls');
    const { tool_parts: pieces = [], texts = [], at = [] } = two.turns[0] ?? {};
    // However many of them a read of the socket held.
    expect(two.counters.calls[0]?.events?.tool).toBeGreaterThan(8);
    expect(pieces.map((i) => texts[i]).join('')).toBe('{"item":"lamps"}{"item":"chairs"}');
    expect(at).toHaveLength(texts.length);
  });

  it('has its actions on record, with what went in and came out, between the calls', () => {
    expect(two.actions).toMatchObject([
      { name: 'stock', input: '{"item":"lamps"}', output: '12' },
      { name: 'stock', input: '{"item":"chairs"}', output: '7' },
    ]);
    expect(one.actions).toMatchObject([{ input: '{"item":"desks"}', output: '0' }]);
    expect(timelineOf(two).map(({ type }) => type)).toEqual(['turn', 'action', 'action', 'turn']);
    const stamps = timelineOf(two).flatMap((step) =>
      step.type === 'turn' ? [step.start, step.start + step.end] : [step.start, step.end],
    );
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
  });

  it('takes as long as its calls, its actions and what lies between', () => {
    for (const trial of trials) {
      const wall = trial.wall_ms ?? 0;
      const steps = [...callSpans(trial), ...actionSpans(trial)];
      const between = wall - covered(callSpans(trial)) - covered(actionSpans(trial));
      expect(Math.min(...steps.flat())).toBe(0);
      expect(Math.max(...steps.flat())).toBeLessThanOrEqual(wall);
      expect(between).toBeGreaterThan(0);
      expect(covered(steps) + between).toBeCloseTo(wall, 6);
      // By the agent's own clock.
      const own = agent.times.get(trial.sample)!;
      expect(wall).toBeGreaterThanOrEqual(own.inner);
      expect(wall).toBeLessThanOrEqual(elapsed(own.began, over));
      for (const [i, { start, end }] of trial.actions!.entries())
        expect(end - start).toBeGreaterThanOrEqual(own.actions[i]!);
    }
  });

  it('is replayed from the recording: the same calls, actions and answers', async () => {
    await using backend = await openReplayBackend({ cassette: recording });
    const replayed = await playOn(backend);
    const deeds = (trial: Trial) => ({
      calls: trial.turns.map(({ call, tool_calls: calls, reason }) => ({ call, calls, reason })),
      actions: trial.actions?.map(({ name, input, output }) => ({ name, input, output })),
      answer: trial.answer,
      scores: trial.scores,
    });
    expect(replayed.trials.map(deeds)).toEqual(trials.map(deeds));
  });
});

describe('an agent in the engine', () => {
  let backend: Backend;
  beforeAll(async () => {
    const path = fileURLToPath(new URL('../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url));
    backend = await openGgmlBackend({ model: 'tiny8', path, sha256: 'unchecked', threads: 1 });
    return () => backend[Symbol.asyncDispose]();
  });

  it('asks for tools in plain text, and its actions are timed in the same way', async () => {
    const { trials, agent } = await playOn(backend);
    expect(trials.map(({ turns, actions }) => [turns.length, actions?.map(({ output }) => output)])).toEqual([
      [2, ['12', '7']],
      [2, ['0']],
    ]);
    for (const trial of trials) {
      expect(trial.turns.every((turn) => turn.tool_calls === undefined && turn.texts !== undefined)).toBe(true);
      const between = (trial.wall_ms ?? 0) - covered(callSpans(trial)) - covered(actionSpans(trial));
      expect(between).toBeGreaterThan(0);
      expect(trial.wall_ms).toBeGreaterThanOrEqual(agent.times.get(trial.sample)!.inner);
    }
  });

  const offers: Partial<OpenBenchmark> = {
    play: (_, { ask }) =>
      ask([{ role: 'user', content: 'hi' }], { tools: [{ name: 'f', description: '', parameters: {} }] }),
  };
  it('that offers tools all the same is unsupported, before anything runs', async () => {
    const jobs = plan(config, {
      benchmarks: [{ name: 'stock', version: '1', options: {}, sampleIds: ['one'], maxTokens: 64 }],
      policies: [toyPolicy('baseline')],
      backend,
    });
    const { played } = toyAgent();
    const stage: Stage = {
      ready: () => backend.generate,
      benchmark: { ...played, open: { ...played.open, ...offers } },
      config,
      capabilities: backend.capabilities,
      signal: new AbortController().signal,
    };
    const trial = await play(jobs[0]!, stage);
    expect(trial).toMatchObject({ status: 'unsupported', error: { code: 'E_CAPABILITY' }, turns: [] });
    expect(trial?.counters.sums).toEqual({});
    // The engine itself would not run it either.
    const wrong = { ...stage, capabilities: new Set(['tools'] as const) };
    expect(await play(jobs[0]!, wrong)).toMatchObject({ status: 'unsupported', error: { code: 'E_CAPABILITY' } });
  });
});

it('calls that overlap are counted once', async () => {
  let open = 0;
  let both: () => void = () => undefined;
  const bothOpen = new Promise<void>((resolve) => {
    both = resolve;
  });
  const overlapping: typeof toyGenerate = async function* (call, context) {
    if (++open === 2) both();
    await bothOpen;
    yield* toyGenerate(call, context);
  };
  const { played } = toyAgent();
  const race: Partial<OpenBenchmark> = {
    async play(_, { ask }) {
      const replies = await Promise.all(['a', 'b'].map((content) => ask([{ role: 'user', content }])));
      return { text: replies.map(({ text }) => text).join() };
    },
  };
  const [job] = plan(config, {
    benchmarks: [{ name: 'stock', version: '1', options: {}, sampleIds: ['one'], maxTokens: 64 }],
    policies: [toyPolicy('baseline')],
    backend: { name: 'toy', model: 'digits', identity: 'toy' },
  });
  const began = now();
  const trial = (await play(job!, {
    ready: () => overlapping,
    benchmark: { ...played, open: { ...played.open, ...race } },
    config,
    signal: new AbortController().signal,
  })) as Trial;
  const [first, second] = callSpans(trial) as [readonly [number, number], readonly [number, number]];
  const overlap = Math.min(first[1], second[1]) - Math.max(first[0], second[0]);
  const sum = first[1] - first[0] + second[1] - second[0];
  expect(overlap).toBeGreaterThan(0);
  expect(covered(callSpans(trial))).toBeCloseTo(sum - overlap, 6);
  expect(trial.wall_ms).toBeGreaterThanOrEqual(Math.max(first[1], second[1]));
  expect(trial.wall_ms).toBeLessThanOrEqual(elapsed(began, now()));
});
