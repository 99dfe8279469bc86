/** A small real source of text and a small benchmark, for tests of the runner: deterministic, no model. */
import {
  type Call,
  type Context,
  type Generate,
  hash,
  type Job,
  now,
  type OpenBenchmark,
  type Part,
  type RunConfig,
  type Sample,
  type Trial,
} from '../../src/core/index.ts';
import { type PlannedBenchmark, type PlannedPolicy, plan } from '../../src/runner/plan.ts';
import type { PlayedBenchmark } from '../../src/runner/play.ts';
import { type RunEvent, type RunOptions, type RunOutcome, run, type TrialSink } from '../../src/runner/run.ts';
import { type Finished, whatIsLeft } from '../../src/runner/what-is-left.ts';
import { unscoredTrials } from '../../src/store/unscored-trials.ts';

export const turnOfLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Four words that depend on the messages and the seed; each part brings one token. */
export const toyGenerate: Generate = async function* (call: Call, { signal, meter }: Context): AsyncGenerator<Part> {
  const digits = hash([call.messages.map((message) => message.content), call.seed]);
  meter.add('prompt_tokens', call.messages.length);
  for (let index = 0; index < Math.min(4, call.maxTokens); index++) {
    await turnOfLoop();
    signal.throwIfAborted();
    meter.add('passes', 1);
    const text = digits.slice(index * 4, index * 4 + 4);
    yield { type: 'text', at: now(), text, channel: 'answer', ids: [Number.parseInt(text, 16)] };
  }
  yield { type: 'end', at: now(), reason: 'length' };
};

/** Parts that are given, in their order. */
export const streamOf = (...parts: Part[]): Generate =>
  async function* () {
    for (const part of parts) {
      await turnOfLoop();
      yield part;
    }
  };

export const text = (value: string, ids?: number[], channel: 'answer' | 'reasoning' = 'answer'): Part => ({
  type: 'text',
  at: now(),
  text: value,
  channel,
  ...(ids && { ids }),
});
export const end = (): Part => ({ type: 'end', at: now(), reason: 'stop' });

export const toyConfig = (changes: Partial<RunConfig> = {}): RunConfig => ({
  backend: { name: 'toy', model: null, baseUrls: [], apiKeyEnv: null, threads: 1 },
  benchmarks: [{ name: 'toy', samples: null, timeout: 60, options: {} }],
  policies: [],
  repeats: 1,
  seed: 7,
  maxTokens: null,
  temperature: 0,
  sampling: {},
  margin: {},
  concurrency: 4,
  ...changes,
});

export const toyBenchmark = (samples: number, changes: Partial<PlannedBenchmark> = {}): PlannedBenchmark => ({
  name: 'toy',
  version: '1',
  options: {},
  sampleIds: Array.from({ length: samples }, (_, index) => `s${index}`),
  maxTokens: 16,
  ...changes,
});

export const toyPolicy = (policy_name: string, changes: Partial<PlannedPolicy> = {}): PlannedPolicy => ({
  policy_name,
  version: 1,
  params: {},
  realisation: 'engine',
  fidelity: 'exact',
  blockSize: 1,
  ...changes,
});

export const toyBackend = { name: 'toy', model: 'digits', identity: 'toy 1' };

export function toyJobs(samples: number, policies: PlannedPolicy[], config = toyConfig()): Job[] {
  return plan(config, { benchmarks: [toyBenchmark(samples)], policies, backend: toyBackend });
}

/** One question, one answer; the score is the answer's length. */
export function toyPlayed(
  samples: number,
  open: Partial<OpenBenchmark> = {},
  timeout = 60,
): ReadonlyMap<string, PlayedBenchmark> {
  const rows = toyBenchmark(samples).sampleIds.map((id): Sample => ({ id, prompt: `say ${id}`, reference: id }));
  return new Map([
    [
      'toy',
      {
        samples: new Map(rows.map((row) => [row.id, row])),
        maxTokens: 16,
        timeout,
        open: {
          async *samples() {
            yield* rows;
          },
          async play(sample, { ask }) {
            const { text } = await ask([{ role: 'user', content: sample.prompt }]);
            return { text };
          },
          score: (_, answer) => ({ length: answer.text.length }),
          [Symbol.asyncDispose]: async () => undefined,
          ...open,
        },
      },
    ],
  ]);
}

/** Late scores in memory. */
export function memoryScores() {
  const lines: Trial[] = [];
  return {
    lines,
    has: (key: string) => lines.some((trial) => trial.key === key),
    append: async (trial: Trial) => void lines.push(trial),
  };
}

/** A journal in memory that keeps every append in order. */
export function memoryJournal(): TrialSink & Finished & { lines: Trial[]; trials(): Trial[] } {
  const lines: Trial[] = [];
  return {
    lines,
    trials: () => [...new Map(lines.map((trial) => [trial.key, trial])).values()],
    status: (key) => lines.findLast((trial) => trial.key === key)?.status,
    async append(trial) {
      await turnOfLoop();
      lines.push(trial);
    },
  };
}

/** Each outcome is one session on the same journal: the next one plays what is left. */
export const toyRun = (
  jobs: Job[],
  changes: Partial<RunOptions> & { samples?: number; open?: Partial<OpenBenchmark> } = {},
) => {
  const { samples = 64, open, ...rest } = changes;
  const journal = memoryJournal();
  const scores = memoryScores();
  const events: RunEvent[] = [];
  const outcome = ({
    retryFailed,
    ...more
  }: Partial<RunOptions> & { retryFailed?: boolean } = {}): Promise<RunOutcome> => {
    const { left: _, ...toPlay } = whatIsLeft(jobs, journal, retryFailed);
    const late = jobs.some(({ cell }) => cell.realisation === 'client');
    return run({
      ...toPlay,
      journal,
      ...(late && { lateScores: { unscored: () => unscoredTrials(journal, scores), append: scores.append } }),
      cells: async () => toyGenerate,
      benchmarks: toyPlayed(samples, open),
      config: toyConfig(),
      signal: new AbortController().signal,
      patience: { afterTimeout: 20, afterAbort: 20 },
      onEvent: (event) => events.push(event),
      ...rest,
      ...more,
    });
  };
  return { journal, scores, events, outcome };
};

/** Counts how many of its streams are open at once, and which cells they belong to. */
export function gauge() {
  const open = new Map<string, number>();
  const seen = { most: 0, mixed: false };
  const cells =
    (inner: Generate = toyGenerate) =>
    async (job: Job): Promise<Generate> =>
      async function* (call, context) {
        const name = job.cell.policy_name;
        open.set(name, (open.get(name) ?? 0) + 1);
        seen.most = Math.max(seen.most, sum(open.values()));
        seen.mixed ||= [...open.values()].filter((count) => count > 0).length > 1;
        try {
          yield* inner(call, context);
        } finally {
          open.set(name, (open.get(name) ?? 0) - 1);
        }
      };
  return { cells, seen };
}
const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);
