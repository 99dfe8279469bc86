import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type AnyBenchmark, type OpenBenchmark, type Sample, validate } from '../core/index.ts';
import { optionsOf } from '../policies/parameters.ts';
import { builtBenchmarks, findBenchmark } from './index.ts';
import { scorers } from './own-file/scorers.ts';
import { samplesOf } from './samples-of.ts';

const cases = builtBenchmarks.map((benchmark) => [benchmark.name, benchmark] as const);

/** Opens with default options; WorfBench and CRMArena on rows of ours. */
async function openWith(benchmark: AnyBenchmark): Promise<OpenBenchmark> {
  const needsData = ['worfbench', 'crmarena'].includes(benchmark.name);
  const rows = fileURLToPath(new URL(`${benchmark.name}/rows.fixture.json`, import.meta.url));
  return benchmark.open(validate(benchmark.options, needsData ? { data: rows } : {}, benchmark.name));
}

async function headlines(open: OpenBenchmark, benchmark: AnyBenchmark, answer: (sample: Sample) => string) {
  const samples = await samplesOf(open);
  const scores = await Promise.all(samples.map((sample) => open.score(sample, { text: answer(sample) }, {})));
  return scores.map((score) => score[benchmark.scores[0] as string]);
}

describe.each(cases)('%s', (_, benchmark) => {
  it('gives the oracle 1 and an empty answer 0 on its headline', async () => {
    await using open = await openWith(benchmark);
    const best = await headlines(open, benchmark, (sample) => sample.reference);
    expect(best.length).toBeGreaterThan(0);
    expect(best.every((score) => score === 1)).toBe(true);
    expect((await headlines(open, benchmark, () => '')).every((score) => score === 0)).toBe(true);
  });

  it('gives exactly the scores it declares, the headline first, all finite and within 0 and 1', async () => {
    await using open = await openWith(benchmark);
    for (const sample of await samplesOf(open))
      for (const text of [sample.reference, '', sample.prompt, '\ud800 (1,2) Node 9: x']) {
        const scores = await open.score(sample, { text }, {});
        expect(Object.keys(scores)).toEqual(benchmark.scores);
        for (const value of Object.values(scores)) expect(value >= 0 && value <= 1).toBe(true);
      }
  });

  it('gives the same samples, with ids of their own, each time', async () => {
    await using first = await openWith(benchmark);
    await using second = await openWith(benchmark);
    const samples = await samplesOf(first);
    expect(new Set(samples.map((sample) => sample.id)).size).toBe(samples.length);
    expect(await samplesOf(second)).toEqual(samples);
  });

  it('asks once, ending with a user message that holds the prompt, and returns the text as it came', async () => {
    await using open = await openWith(benchmark);
    for (const sample of (await samplesOf(open)).slice(0, 5)) {
      const asked: string[] = [];
      const answer = await open.play(sample, {
        signal: new AbortController().signal,
        capabilities: new Set(),
        act: async (_, __, run) => run(new AbortController().signal),
        ask: async (messages) => {
          expect(messages.at(-1)).toMatchObject({ role: 'user' });
          asked.push(messages.map((message) => message.content).join('\n'));
          return { text: ' as it came\n', reasoning: '', toolCalls: [], reason: 'stop' };
        },
      });
      expect(answer).toEqual({ text: ' as it came\n' });
      expect(asked).toEqual([expect.stringContaining(sample.prompt)]);
    }
  });
});

describe('docs/benchmarks.md', () => {
  const page = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8');

  it.each(cases)('tells name, scores and token limit of %s', (name, { scores, maxTokens }) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    for (const score of scores) expect(row).toContain(`\`${score}\``);
    expect(row).toContain(` ${maxTokens.toLocaleString('en-US')} |`);
  });

  it('names every scorer', () => {
    for (const name of Object.keys(scorers)) expect(page).toContain(`\`${name}\``);
  });
});

describe('findBenchmark', () => {
  it.each(cases)('finds %s', async (name, benchmark) => {
    expect(await findBenchmark(name)).toBe(benchmark);
  });

  it('names the nearest for an unknown name', async () => {
    await expect(findBenchmark('extrakt')).rejects.toMatchObject({
      code: 'E_BENCHMARK',
      message: expect.stringContaining('did you mean extract?'),
    });
  });

  it('takes a path as a file of the user', async () => {
    await expect(findBenchmark('./nowhere.jsonl')).rejects.toMatchObject({ code: 'E_DATA' });
  });
});

it.each(builtBenchmarks.map((benchmark) => [benchmark.name, benchmark] as const))(
  'every option of %s says what it is',
  (_, { options }) => {
    const said = optionsOf(options);
    expect(said.length).toBeGreaterThan(0);
    for (const { name, about } of said) expect(about, name).toMatch(/^\w.{10,}[^.]$/);
  },
);
