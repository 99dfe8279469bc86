import { describe, expect, it } from 'vitest';
import { madeUpRows } from '../../../test/support/made-up-run.ts';
import { aboutRun } from '../../../test/support/report-of-trials.ts';
import type { BlockTime } from '../../store/read-run.ts';
import type { Row } from '../row.ts';
import { batch } from './batch.ts';
import { bundle } from './bundle.ts';
import { cancelled } from './cancelled.ts';
import { coreShare } from './core-share.ts';
import { emptyAnswers } from './empty.ts';
import { encoder } from './encoder.ts';
import { notes } from './index.ts';
import type { Note, RunAbout } from './note.ts';
import { ownModules } from './own-modules.ts';
import { prefixCache } from './prefix-cache.ts';
import { promises } from './promises.ts';
import { replay } from './replay.ts';
import { cachedShares, serverCache } from './server-cache.ts';
import { incompleteRun } from './sessions.ts';
import { truncated } from './truncated.ts';
import { unscored } from './unscored.ts';
import { wire } from './wire.ts';

const row = (columns: Record<string, string | number | boolean | undefined>): Row =>
  ({ benchmark: 'b', policy_name: 'p', realisation: 'engine', status: 'ok', replays: 0, block: '', ...columns }) as Row;
const times = (count: number, one: Row) => Array.from({ length: count }, () => one);

function say(note: Note, rows: Iterable<Row>, run: Partial<RunAbout> = {}): string[] {
  const reader = note.open(aboutRun(run));
  for (const one of rows) reader.read(one);
  return reader.say();
}

describe('every note', () => {
  it('reads no column and no fact of the run but those it names', async () => {
    const rows = await madeUpRows();
    expect(rows).toHaveLength(144);
    const only = <T extends object>(value: T, names: readonly (string | symbol)[], note: string): T =>
      new Proxy(value, {
        get(target, name) {
          expect(names, note).toContain(name);
          return Reflect.get(target, name);
        },
      });
    for (const note of notes) {
      const reader = note.open(only(aboutRun(), note.needs, note.name));
      for (const one of rows) reader.read(only(one, note.columns, note.name));
      expect(reader.say(), note.name).toEqual([]);
    }
  });
  it('has a name of its own', () => {
    expect(new Set(notes.map(({ name }) => name)).size).toBe(notes.length);
  });
});

describe('the share of its cores that the engine had', () => {
  const trial = (busy_ms: number, sums: Record<string, number>, more: Record<string, string | number> = {}) => {
    const counters = Object.entries(sums).map(([name, amount]) => [`counter_${name}`, amount]);
    return row({ busy_ms, ...Object.fromEntries(counters), ...more });
  };
  const calm = trial(1000, { call_cpu_ms: 990, graph_ms: 20 });
  const doubts = (rows: Row[], threads = 1, blocks: BlockTime[] = []) =>
    say(coreShare, rows, { checks: { threads }, blocks }).map((line) =>
      line.replace('times of this run are in doubt: ', ''),
    );

  it('is no reason for doubt where it worked all the time', () => {
    expect(doubts(times(24, calm))).toEqual([]);
    expect(doubts([])).toEqual([]);
  });

  it('is, where other programs held up one policy among many', () => {
    const slow = trial(1800, { call_cpu_ms: 1000 }, { policy_name: 'slow' });
    expect(doubts([...times(240, calm), ...times(24, slow)])).toEqual([
      'the engine got 56 % of its cores under slow: use CPU × instead',
    ]);
  });

  it('is, where it was stopped once', () => {
    expect(doubts([...times(999, calm), trial(66_796, { call_cpu_ms: 1500 })])).toEqual([
      '1 of 1000 trials stalled (p 1); the worst, under p, took 66.8 s for 1.5 s of CPU work',
    ]);
    const short = trial(30, { call_cpu_ms: 30 });
    expect(doubts([...times(279, short), trial(900, { call_cpu_ms: 30 })])).toEqual([
      '1 of 280 trials stalled (p 1); the worst, under p, took 0.90 s for 0.03 s of CPU work',
    ]);
  });

  it('counts with as many cores as it has threads', () => {
    const half = trial(1000, { call_cpu_ms: 2000 });
    expect(doubts([half], 4)).toEqual(['the engine got 50 % of its cores under p: use CPU × instead']);
    expect(doubts([half], 2)).toEqual([]);
  });

  it('is doubted, too, where more was computed than its threads can', () => {
    const threaded = trial(1000, { call_cpu_ms: 1900 }, { policy_name: 'own' });
    const words = (threads: string) =>
      `under own the engine's process used 1.9 times the CPU time that ${threads}: something computes beside them, so its times are those of more cores than the baseline's`;
    expect(doubts([...times(24, calm), ...times(24, threaded)])).toEqual([words('its one thread has')]);
    expect(doubts([trial(1000, { call_cpu_ms: 3800 }, { policy_name: 'own' })], 2)).toEqual([
      words('its 2 threads have'),
    ]);
    // Collectors and compilers of the process itself: up to 1.19 was seen.
    expect(doubts(times(24, trial(1000, { call_cpu_ms: 1300 })))).toEqual([]);
  });

  it('is asked of blocks as a whole', () => {
    const member = trial(9000, { call_cpu_ms: 1000, queue_ms: 8000 }, { block: 'b' });
    const record = (makespan_ms: number): BlockTime => ({
      ...{ block: 'b', policy_name: 'p', planned: 8, trials: 8, makespan_ms, completion_tokens: 1 },
    });
    expect(doubts(times(8, member), 1, [record(8100)])).toEqual([]);
    expect(doubts(times(8, member), 1, [record(16_000)])).toEqual([
      'the engine got 50 % of its cores under p: use CPU × instead',
    ]);
    // Over an API no engine ran here: no CPU time is not none.
    const remote = trial(9000, { queue_ms: 8000 }, { block: 'b', realisation: 'client' });
    expect(doubts(times(8, remote), 1, [record(16_000)])).toEqual([]);
    // A trial of it is not there: nothing is known of the whole.
    expect(doubts(times(7, member), 1, [record(16_000)])).toEqual([]);
  });

  it('is not asked of trials that failed, were played again, or worked elsewhere', () => {
    const late = trial(120_000, { call_cpu_ms: 10 });
    const elsewhere = trial(9000, {});
    expect(doubts([{ ...late, status: 'failed' }, { ...late, replays: 1 }, elsewhere])).toEqual([]);
  });

  // With a pass over all trials for each block this took minutes.
  it('ends with thirty thousand blocks of two hundred thousand trials', () => {
    const blocks = Array.from({ length: 30_000 }, (_, i): BlockTime => {
      return { block: `b${i}`, policy_name: 'p', planned: 7, trials: 7, makespan_ms: 8000, completion_tokens: 1 };
    });
    const rows = blocks.flatMap(({ block }) => times(7, trial(9000, { call_cpu_ms: 1100, queue_ms: 1 }, { block })));
    expect(doubts(rows, 1, blocks)).toEqual([]);
  });
});

describe('batch', () => {
  const batched = (policy_name: string, wanted: number[] = [], shared = 0, batch_room: number | undefined = 2048) =>
    row({
      ...{ policy_name, batch_room, counter_shared_passes: shared },
      ...(wanted.length > 0 && { no_room_least: Math.min(...wanted), no_room_most: Math.max(...wanted) }),
    });
  it('says why no two calls shared a pass, and of no other cell', () => {
    const first = batched('greedy');
    expect(say(batch, [first, batched('greedy', [2900]), batched('greedy', [3100, 3000])])).toEqual([
      expect.stringMatching(
        /^greedy on b: no two .* two calls together want 2900 to 3100 KV slots .* max_batch_tokens is 2048:/,
      ),
    ]);
    expect(say(batch, [first, batched('greedy', [2900]), batched('greedy', [], 3)])).toEqual([]);
    expect(say(batch, [first])).toEqual([]);
    expect(
      say(
        batch,
        [batched('baseline', [2900], 0, undefined)].map((one) => ({ ...one, batch_room: undefined })),
      ),
    ).toEqual([]);
  });
  it('says so of every cell, in the order of the report', () => {
    const rows = ['greedy', 'sorted'].map((name) => batched(name, [2900]));
    const order = { benchmarks: [], policies: ['sorted', 'greedy'] };
    expect(say(batch, rows, { order }).map((line) => line.split(' ')[0])).toEqual(['sorted', 'greedy']);
  });
});

describe('bundle', () => {
  const stream = (realisation: string, events: number, bundled_events: number) =>
    row({ backend: 'openai', model: 'm', realisation, events, bundled_events });
  it('names backends most of whose events shared a read, and no other', () => {
    const one = stream('client', 4, 0);
    const bundled = stream('client', 8, 7);
    expect(say(bundle, [bundled])).toEqual([expect.stringMatching(/^openai m: 88 % of the events arrived together/)]);
    // 7 of 12, then 7 of 16.
    expect(say(bundle, [bundled, one])).toHaveLength(1);
    expect(say(bundle, [bundled, one, one])).toEqual([]);
    expect(say(bundle, [stream('engine', 8, 8)])).toEqual([]);
  });
});

describe('replay', () => {
  it('says whose times these are, but where the pace was kept', () => {
    const backend = 'replay of groq m recording:ab12';
    const rows = [row({ backend: 'replay' })];
    expect(say(replay, rows, { checks: { backend } })).toEqual([
      expect.stringMatching(/times? .* of the replay .* not of the server/),
    ]);
    expect(say(replay, rows, { checks: { backend: `${backend} paced` } })).toEqual([]);
    expect(say(replay, [row({ backend: 'groq' })], { checks: { backend: 'groq m' } })).toEqual([]);
  });
});

describe('encoder', () => {
  it('names what compared texts, and in how many finished trials nothing did', () => {
    const rows = [row({ encoder: 'minilm' }), row({}), row({ status: 'failed' })];
    const checks = { similarity: { b: 'lexical' }, no_encoder: 'model minilm is not pulled' };
    expect(say(encoder, rows, { checks })).toEqual([
      expect.stringMatching(/^b compares texts by lexical:/),
      'semantic_similarity is the cosine of sentence vectors by minilm',
      'semantic_similarity is missing in 1 of 2 trials: model minilm is not pulled',
    ]);
    expect(say(encoder, rows)).toEqual(['semantic_similarity is the cosine of sentence vectors by minilm']);
  });
});

describe('what a run lacks', () => {
  it('is said in trials', () => {
    const rows = times(3, row({}));
    expect(say(incompleteRun, rows, { incomplete: 'the run is not complete', planned: 8 })).toEqual([
      'the run is not complete: 3 of 8 planned trials are finished',
    ]);
    expect(say(incompleteRun, rows, { planned: 8 })).toEqual([]);
    expect(say(unscored, [...rows, row({ unscored: true })], { id: 'runs/a' })).toEqual([
      '1 of 4 trials are not scored yet: `ttcbench rescore runs/a`, or end the run',
    ]);
  });
});

describe('promises', () => {
  it('that are not kept are named with the trials that broke them', () => {
    const exact = (agreement: number | undefined) => row({ fidelity: 'exact', agreement });
    expect(say(promises, [exact(1), exact(0), exact(undefined), row({ fidelity: 'lossy', agreement: 0 })])).toEqual([
      "p on b is labelled exact, but 1 of 2 trials differ from the baseline's tokens",
    ]);
  });
  it('name the cache of a server among the likely causes, never of the engine', () => {
    const [said] = say(promises, [row({ realisation: 'client', fidelity: 'exact', agreement: 0 })]);
    expect(said).toMatch(/1 of 1 trials differ from the baseline's tokens: likely causes are the server's cache/);
  });
});

describe('a module of the user’s own', () => {
  it('is named where much of its time was spent where nothing counts', () => {
    const trial = (counter_outside_ms: number) => row({ busy_ms: 1000, counter_outside_ms });
    expect(say(ownModules, [row({ busy_ms: 1000 }), trial(900)])).toEqual([
      expect.stringMatching(/^times of this run are in doubt: p on b spent 45 % of its time neither in the engine nor/),
    ]);
    expect(say(ownModules, [row({ busy_ms: 1000 }), trial(150)])).toEqual([]);
  });
  it('is named where it counts other prompts than the engine', () => {
    const claims = row({ counter_claimed_prompt_tokens: 12, counter_prompt_tokens: 340 });
    expect(say(ownModules, [row({ counter_prompt_tokens: 9 }), claims])).toEqual([
      expect.stringMatching(/^p on b says otherwise .* in 1 of 2 trials \(12 against 340 tokens in the first\)/),
    ]);
  });
});

describe('caches of servers', () => {
  const client = row({ realisation: 'client' });
  it('stand with what was asked of them', () => {
    const about = (cache: NonNullable<RunAbout['checks']['cache']>) =>
      say(serverCache, [client], { checks: { cache } });
    expect(about({ asked: 'cold', by: 'cache_salt' })).toEqual([
      'prompt cache: every request asked the server not to use its own (cache_salt)',
    ]);
    expect(about({ asked: 'cold', by: null })[0]).toMatch(
      /offers no way to go without; .* could not be prevented: .* baseline_again/,
    );
    expect(about({ asked: 'as-is' })[0]).toMatch(/left to use its own \(prompt_cache: as-is\); .* baseline_again/);
    expect(about({ asked: 'warm' })[0]).toMatch(/sent once before it counted \(prompt_cache: warm\)/);
    expect(say(serverCache, [row({})], { checks: { cache: { asked: 'as-is' } } })).toEqual([]);
    expect(say(serverCache, [client])).toEqual([]);
  });
  it('are named where they served a cell another share than the baseline', () => {
    const trial = (policy_name: string, cached_tokens: number) =>
      row({ policy_name, backend: 'x', model: 'm', cached_tokens, prompt_tokens: 100 });
    expect(
      say(cachedShares, [trial('p', 15), trial('baseline', 10), trial('q', 16), trial('baseline_again', 90)]),
    ).toEqual([
      expect.stringMatching(/^q on b: 16 % of its prompt tokens came out of a cache, 10 % of the baseline's/),
      expect.stringMatching(/^baseline_again on b: 90 %/),
    ]);
  });
});

describe('empty answers', () => {
  it('are counted by cell', () => {
    const rows = [
      row({ empty_answer: 1 }),
      row({ empty_answer: 0 }),
      row({ policy_name: 'q', empty_answer: 0 }),
      row({}),
    ];
    expect(say(emptyAnswers, rows)).toEqual([
      expect.stringMatching(/^p on b: 1 of 2 answers are empty; .*no objective/),
    ]);
  });
});

describe('the wire', () => {
  it('is told of where a reader would not expect it', () => {
    const client = (columns: Record<string, string | number>) => row({ realisation: 'client', ...columns });
    const plain = client({ retried_calls: 0, resent_calls: 0, whole_answers: 0, unfinished_answers: 0 });
    expect(say(wire, [plain, row({ retried_calls: 3 })])).toEqual([]);
    expect(
      say(wire, [
        ...[plain, client({ retried_calls: 2 }), client({ retried_calls: 1, resent_calls: 1 })],
        ...[client({ whole_answers: 1 }), client({ unfinished_answers: 2, usage_contradictions: 'unseen; zero' })],
        ...[client({ usage_contradictions: 'zero' }), client({ adapted_fields: 'seed dropped' })],
      ]),
    ).toEqual([
      expect.stringMatching(/^calls tried again: 3, in 2 of 7 trials; what they waited/),
      expect.stringMatching(/^calls sent a second time at once, .*: 1, in 1 of 7 trials;/),
      expect.stringMatching(/^calls answered in one piece .*: 1, in 1 of 7 trials; .* first token is not known/),
      expect.stringMatching(/^calls ended without a finish reason: 2, in 1 of 7 trials;/),
      'the server refused fields, which were left out or renamed: seed dropped (1 trial)',
      expect.stringMatching(/contradict .*: unseen \(1 trial\), zero \(2 trials\);/),
    ]);
  });
});

describe('cancelled calls', () => {
  const calls = (policy_name: string, cancelled_calls: number) => row({ policy_name, cancelled_calls });
  it('are counted, with the policies that cancelled them', () => {
    expect(say(cancelled, [calls('baseline', 0), calls('p', 0)])).toEqual([]);
    expect(say(cancelled, [calls('q', 2), calls('p', 3), calls('baseline', 0), calls('q', 1)])).toEqual([
      expect.stringMatching(
        /^6 cancelled calls of p, q: their tokens are estimates; the server may have written, and may/,
      ),
    ]);
    expect(say(cancelled, [calls('p', 1)])).toEqual([expect.stringMatching(/^1 cancelled call of p: its tokens/)]);
  });
});

describe('truncated', () => {
  const cell = (policy_name: string, values: (number | undefined)[]) =>
    values.map((truncated) => row({ policy_name, truncated }));
  it('names cells most of whose answers were cut', () => {
    expect(say(truncated, [...cell('baseline', [0, 1]), ...cell('p', [1, 1, 0, undefined])])).toEqual([
      'b: 2 of 3 answers of p were cut at the token limit: raise --max-tokens',
    ]);
    expect(say(truncated, [...cell('baseline', [1, 1]), ...cell('p', [1, 0, 1])])).toEqual([
      'b: 4 of 5 answers of every policy were cut at the token limit: raise --max-tokens',
    ]);
    expect(say(truncated, [...cell('baseline', [0, 1]), ...cell('p', [undefined])])).toEqual([]);
  });
});

it('says that the engine kept prompts, how much it spared, and who computed whole prompts', () => {
  const trial = (policy_name: string, cached: number | undefined) =>
    row({ policy_name, prompt_tokens: 100, counter_cached_prompt_tokens: cached });
  const rows = [trial('pruning', undefined), trial('baseline', 80), trial('baseline', 40)];
  const checks = { prefixCache: true };
  expect(say(prefixCache, rows, { checks })).toEqual([
    expect.stringMatching(/40 % of all prompt tokens were copied .*; pruning computed whole prompts$/),
  ]);
  expect(say(prefixCache, rows.slice(1), { checks })[0]).toMatch(/60 % .* what ran before$/);
  expect(say(prefixCache, rows, { checks: { prefixCache: false } })).toEqual([]);
  expect(say(prefixCache, [row({ realisation: 'client', prompt_tokens: 5 })], { checks })).toEqual([]);
});
