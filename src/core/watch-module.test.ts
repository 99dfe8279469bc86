import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createToyEngine } from '../../test/support/toy-engine.ts';
import { start } from '../decode/index.ts';
import {
  type Call,
  type Context,
  createMeter,
  createOutsideClock,
  type Engine,
  type Generate,
  now,
  openBlaming,
  type Part,
  readWarily,
} from './index.ts';

const call: Call = { messages: [{ role: 'user', content: 'x' }], maxTokens: 12, temperature: 0, seed: 1 };
const toy = createToyEngine({
  target: [
    [0, 1],
    [1, 0],
  ].map((row) => row.map((p) => p + 1e-9)),
  early: [],
});

/** One token a pass, as a module would write it. */
async function* decode(engine: Engine, call: Call, context: Context): AsyncGenerator<Part> {
  const begun = await start(engine, call, context);
  let picked = [begun.first];
  for (;;) {
    const part = begun.emit(picked);
    if (part) yield part;
    const end = begun.ended();
    if (end) return yield end;
    const pass = { sequence: begun.sequence, tokens: picked, positions: [begun.history.length - 1], logits: 1 };
    picked = await engine.forward([pass], ([output]) => [begun.pick(output!.logits)]);
  }
}

type Module = (engine: Engine) => Generate;

async function play(module: Module, engine = toy) {
  const opened = await openBlaming((watch) => module(watch.engine(engine)), '/x/mine.mjs');
  const meter = createMeter();
  const parts: Part[] = [];
  for await (const part of opened(call, { signal: new AbortController().signal, meter })) parts.push(part);
  return { parts, sums: meter.counters.sums };
}

const refusal = (module: Module) =>
  play(module).then(
    () => 'accepted',
    ({ code, message }) => `${code} ${message}`,
  );

/** The honest answer with other stamps. */
const restamped =
  (move: (at: bigint, started: bigint) => bigint): Module =>
  (engine) =>
    async function* (given, context) {
      const started = now();
      for await (const part of decode(engine, given, context)) yield { ...part, at: move(part.at, started) };
    };

/** Without the time that a busy machine takes from a call. */
const counted = ({ outside_ms: _, ...sums }: Record<string, number>) => sums;

const honest: Module = (engine) => (given, context) => decode(engine, given, context);

describe('a module of the user’s own', () => {
  it('that is honest gives what it gave, with the same bill', async () => {
    const { parts, sums } = await play(honest);
    expect(parts.filter(({ type }) => type === 'text')).toHaveLength(12);
    expect(counted(sums)).toEqual({ passes: 12, prompt_tokens: 1 });
  });

  it('may count what is its own, keep its bill for a while, and answer without a pass', async () => {
    const counting: Module = (engine) =>
      async function* (given, context) {
        const later = createMeter();
        yield* decode(engine, given, { ...context, meter: later });
        for (const [name, amount] of Object.entries(later.counters.sums)) context.meter.add(name, amount);
        context.meter.add('drafted', 3);
      };
    expect(counted((await play(counting)).sums)).toEqual({ passes: 12, prompt_tokens: 1, drafted: 3 });
    expect(await refusal(() => () => recall())).toBe('accepted');
  });

  it('may run calls side by side', async () => {
    const opened = await openBlaming((watch) => honest(watch.engine(toy)), '/x/mine.mjs');
    const one = async () => {
      let tokens = 0;
      const context = { signal: new AbortController().signal, meter: createMeter() };
      for await (const part of opened(call, context)) if (part.type === 'text') tokens += part.ids?.length ?? 0;
      return tokens;
    };
    expect(await Promise.all([one(), one(), one()])).toEqual([12, 12, 12]);
  });

  it.each<[string, Module, RegExp]>([
    ['moves its stamps back by 90 %', restamped((at, started) => started + (at - started) / 10n), /before the pass/],
    ['moves its stamps back by half', restamped((at, started) => started + (at - started) / 2n), /before the pass/],
    ['stamps all parts with its start', restamped((_, started) => started), /before the pass/],
    ['stamps parts before the call', restamped((at) => at - 10n ** 12n), /before its call was sent/],
    ['stamps parts in the future', restamped((at) => at + 10n ** 12n), /later than it arrived/],
    ['has no stamps', restamped(() => undefined as unknown as bigint), /has no stamp/],
  ])('that %s is failed, and told so', async (_, module, words) => {
    expect(await refusal(module)).toMatch(/^E_POLICY mine\.mjs: a part of its answer /);
    expect(await refusal(module)).toMatch(words);
  });

  const charging = (work: (meter: Context['meter']) => void): Module => {
    return (engine) =>
      async function* (given, context) {
        yield* decode(engine, given, context);
        work(context.meter);
      };
  };
  it.each<[string, Module, RegExp]>([
    ['takes passes off its bill', charging((meter) => meter.add('passes', -10)), /it charges -10 to passes/],
    ['charges what is no number', charging((meter) => meter.add('passes', Number.NaN)), /charges NaN to passes/],
    ['takes from a tally', charging((meter) => meter.tally('exit_layer', 3, -1)), /charges -1 to exit_layer/],
    ['lowers a peak', charging((meter) => meter.peak('kv_bytes_peak', -5)), /charges -5 to kv_bytes_peak/],
    ['counts its own tokens', charging((meter) => meter.add('completion_tokens', 99)), /counted from what arrives/],
    ['counts passes nobody ran', charging((meter) => meter.add('passes', 5)), /counted 12 passes, the bill has 17/],
    ['counts rows nobody computed', charging((meter) => meter.add('rows', 5)), /counted 0 rows, the bill has 5/],
    ['counts CPU time of its own', charging((meter) => meter.add('cpu_ms', 5)), /counted 0 cpu_ms, the bill has 5/],
    ['raises a peak', charging((meter) => meter.peak('kv_bytes_peak', 5)), /counted 0 kv_bytes_peak, the bill has 5/],
    ['fills passes', charging((meter) => meter.tally('pass_rows', 3)), /counted 0 pass_rows of 3, the bill has 1/],
    ['says how long it waited', charging((meter) => meter.add('outside_ms', 0)), /counted from what arrives/],
    [
      'hides what it was told',
      charging((meter) => {
        try {
          meter.add('passes', -10);
        } catch {}
      }),
      /charges -10/,
    ],
    [
      'opens its sequences on a bill of its own',
      (engine) => (given, context) => decode(engine, given, { ...context, meter: createMeter() }),
      /counted 12 passes, the bill has 0/,
    ],
  ])('that %s is failed, and told so', async (_, module, words) => {
    expect(await refusal(module)).toMatch(/^E_POLICY mine\.mjs: /);
    expect(await refusal(module)).toMatch(words);
  });
});

describe('what a module says of its prompt', () => {
  const claiming = (tokens: number): Module => {
    return (engine) =>
      async function* (given, context) {
        const later = createMeter();
        yield* decode(engine, given, { ...context, meter: later });
        context.meter.add('passes', later.counters.sums.passes as number);
        context.meter.add('prompt_tokens', tokens);
      };
  };
  it.each([0, 1000])('is not believed: %i tokens', async (tokens) => {
    const { sums } = await play(claiming(tokens));
    expect(sums.prompt_tokens).toBe(1);
    expect(sums.claimed_prompt_tokens).toBe(tokens || undefined);
  });
  it('is counted where it says nothing', async () => {
    expect((await play(() => () => recall())).sums.prompt_tokens).toBe(1);
  });
});

describe('time that no counter sees', () => {
  const clockOf = (moments: readonly (readonly [wall: number, cpu: number])[]) => {
    let at = 0;
    return createOutsideClock(() => {
      const [wall, cpu] = moments[at++]!;
      return { wall, cpu };
    });
  };
  it('is what lies between the passes and is no CPU time', () => {
    // Begin; a pass from 10 to 60; end at 1000, with 40 ms of CPU beside the pass.
    const clock = clockOf([
      [0, 0],
      [10, 5],
      [60, 55],
      [1000, 90],
    ]);
    const end = clock.begin();
    clock.enter()();
    expect(end()).toBe(1000 - 50 - (90 - 50));
  });
  it('is 0 where the module computes, and where it is little', () => {
    const busy = clockOf([
      [0, 0],
      [1000, 950],
    ]);
    expect(busy.begin()()).toBe(0);
    const short = clockOf([
      [0, 0],
      [19, 0],
    ]);
    expect(short.begin()()).toBe(0);
  });
  it('stands on the bill of a module that lets something else compute', async () => {
    const elsewhere: Module = (engine) =>
      async function* (given, context) {
        // Another process has the CPU for as long as this one waits for it.
        await promisify(execFile)(process.execPath, ['-e', 'for (const end = Date.now() + 60; Date.now() < end; );']);
        yield* decode(engine, given, context);
      };
    expect((await play(elsewhere)).sums.outside_ms).toBeGreaterThan(20);
  });
});

async function* recall(): AsyncGenerator<Part> {
  yield { type: 'text', at: now(), text: 'as before', channel: 'answer', ids: [1] };
  yield { type: 'end', at: now(), reason: 'stop' };
}

describe('what arrives of another process', () => {
  const arriving = (shift: bigint) =>
    readWarily(async function* () {
      const at = now() + shift;
      yield { type: 'end', at, reason: 'stop' };
    }, '/x/mine.mjs');
  const read = async (generate: Generate) => {
    for await (const _ of generate(call, { signal: new AbortController().signal, meter: createMeter() }));
  };

  it('passes where its stamps lie between the call and the arrival', async () => {
    await expect(read(arriving(0n))).resolves.toBeUndefined();
  });

  it.each([-(10n ** 10n), 10n ** 10n])('is refused where its clock is off by %s ns', async (shift) => {
    await expect(read(arriving(shift))).rejects.toMatchObject({ code: 'E_POLICY' });
  });
});

describe('a module over a chat API', () => {
  const source: Generate = async function* () {
    for (const text of ['a', 'b']) yield { type: 'text', at: now(), text, channel: 'answer' };
    yield { type: 'end', at: now(), reason: 'stop' };
  };
  it('that gives text away long after its stamp is failed', async () => {
    const opened = await openBlaming((watch) => {
      const below = watch.source(source);
      return async function* (given, context) {
        const held: Part[] = [];
        for await (const part of below(given, context)) held.push(part);
        const until = performance.now() + 160;
        while (performance.now() < until);
        yield* held;
      };
    }, '/x/mine.mjs');
    const parts = opened(call, { signal: new AbortController().signal, meter: createMeter() });
    await expect(parts[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'E_POLICY',
      message: expect.stringMatching(/before it was given away/),
    });
  });
});
