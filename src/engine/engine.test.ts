/** `forward`, its outputs and its errors. Over 400 lines because every case shares one engine and its fixtures. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  argmax,
  decode,
  distance,
  fill,
  freshContext,
  range,
  run,
  runOne,
  sameBits,
  samples,
  tiny8,
} from '../../test/agreement/bench.ts';
import type { Pass, Sequence } from '../core/index.ts';
import { createEngine, type LocalEngine } from './index.ts';

const prompt = (samples[0] as (typeof samples)[number]).prompt_ids;
const failure = (code: string) => expect.objectContaining({ code });

let engine: LocalEngine;
const opened: Sequence[] = [];
beforeAll(async () => {
  engine = await createEngine(tiny8);
});
afterEach(() => {
  for (const sequence of opened.splice(0)) sequence[Symbol.dispose]();
});
afterAll(() => engine[Symbol.asyncDispose]());

function open(capacity = 64, context = freshContext()): Sequence {
  const sequence = engine.open(capacity, context);
  opened.push(sequence);
  return sequence;
}

describe('forward refuses', () => {
  const one = (change: Partial<Pass>) => (): Pass[] => [
    { sequence: open(), tokens: [5], positions: [0], logits: 1, ...change },
  ];
  const nothing = { tokens: undefined };
  it.each<[string, string, () => Pass[]]>([
    ['no rows', 'E_ARGUMENT', one({ tokens: [], positions: [], logits: 0 })],
    ['tokens and hidden rows', 'E_ARGUMENT', one({ hidden: new Float32Array(128) })],
    ['neither tokens nor hidden rows', 'E_ARGUMENT', one(nothing as Partial<Pass>)],
    ['fewer tokens than positions', 'E_ARGUMENT', one({ positions: [0, 1] })],
    ['a token beyond the vocabulary', 'E_ARGUMENT', one({ tokens: [1312] })],
    ['a negative token', 'E_ARGUMENT', one({ tokens: [-1] })],
    ['half a token', 'E_ARGUMENT', one({ tokens: [0.5] })],
    ['a negative position', 'E_ARGUMENT', one({ positions: [-1] })],
    ['a position that is not a number', 'E_ARGUMENT', one({ positions: [Number.NaN] })],
    [
      'hidden rows of the wrong length',
      'E_ARGUMENT',
      one({ ...nothing, hidden: new Float32Array(127) } as Partial<Pass>),
    ],
    ['layers beyond the last', 'E_ARGUMENT', one({ layers: [0, 9] })],
    ['layers from back to front', 'E_ARGUMENT', one({ layers: [3, 2] })],
    ['more logits than rows', 'E_ARGUMENT', one({ logits: 2 })],
    ['outputs of kvOnly', 'E_ARGUMENT', one({ kvOnly: true })],
    [
      'attention of a layer outside the range',
      'E_ARGUMENT',
      one({ layers: [0, 2], attention: { layers: [2], queries: 1 } }),
    ],
    ['attention of no queries', 'E_ARGUMENT', one({ attention: { layers: [0], queries: 0 } })],
    ['a hidden slot that is not filled', 'E_ARGUMENT', one({ hide: [{ layers: [0, 8], slots: [1] }] })],
    ['a KV head that is not there', 'E_ARGUMENT', one({ hide: [{ layers: [0, 8], slots: [0], kvHeads: [2] }] })],
    ['more rows than slots', 'E_CONTEXT', one({ tokens: Array(65).fill(5), positions: range(0, 65) })],
    [
      'a sequence twice',
      'E_ARGUMENT',
      () => {
        const [pass] = one({})() as [Pass];
        return [pass, pass];
      },
    ],
  ])('%s', async (_, code, passes) => {
    const refused = passes();
    const before = engine.totals.sums.passes;
    await expect(run(engine, refused)).rejects.toEqual(failure(code));
    expect(engine.totals.sums.passes).toBe(before);
    expect(refused[0]?.sequence.length()).toBe(0);
  });

  it('a sequence that was disposed, and one of another engine', async () => {
    const closed = engine.open(8, freshContext());
    closed[Symbol.dispose]();
    await expect(decode(engine, closed, 5, 0)).rejects.toEqual(failure('E_ARGUMENT'));
    await using other = await createEngine(tiny8);
    using foreign = other.open(8, freshContext());
    await expect(decode(engine, foreign, 5, 0)).rejects.toEqual(failure('E_ARGUMENT'));
  });

  it('all passes when one of them is wrong', async () => {
    const good = open();
    const passes: Pass[] = [
      { sequence: good, tokens: [5], positions: [0] },
      { sequence: open(), tokens: [9999], positions: [0] },
    ];
    await expect(run(engine, passes)).rejects.toEqual(failure('E_ARGUMENT'));
    expect(good.length()).toBe(0);
  });

  it.each([0, -1, 1.5, 2 ** 30])('to open %d slots', (capacity) => {
    expect(() => engine.open(capacity, freshContext())).toThrow(failure('E_CONTEXT'));
  });
});

describe('abort', () => {
  it('refuses passes of an aborted call and leaves others alone', async () => {
    const controller = new AbortController();
    const aborted = open(64, { ...freshContext(), signal: controller.signal });
    const other = open();
    await fill(engine, aborted, prompt.slice(0, 10));
    controller.abort();
    await expect(decode(engine, aborted, 5, 10)).rejects.toEqual(failure('E_ABORTED'));
    expect(aborted.length()).toBe(10);
    expect((await fill(engine, other, prompt.slice(0, 10))).logits).toHaveLength(1312);
  });

  it('is heard between two passes even when many calls wait', async () => {
    const controller = new AbortController();
    const context = { ...freshContext(), signal: controller.signal };
    const sequences = range(0, 20).map(() => open(64, context));
    setImmediate(() => setImmediate(() => controller.abort()));
    const results = await Promise.allSettled(sequences.map((sequence) => decode(engine, sequence, 5, 0)));
    const ran = results.filter(({ status }) => status === 'fulfilled').length;
    expect(ran).toBeGreaterThan(0);
    expect(ran).toBeLessThan(10);
  });
});

describe('calls', () => {
  it('that wait at the same time run one by one, in order of arrival', async () => {
    const order: number[] = [];
    const alone = await decode(engine, open(), 5, 0);
    await Promise.all(
      range(0, 8).map(async (call) => {
        const pass: Pass = { sequence: open(), tokens: [5], positions: [0], logits: 1 };
        await engine.forward([pass], ([output]) => {
          order.push(call);
          expect(sameBits(output?.logits as Float32Array, alone.logits)).toBe(true);
        });
      }),
    );
    expect(order).toEqual(range(0, 8));
  });

  it('go on after one whose reader threw', async () => {
    const pass: Pass = { sequence: open(), tokens: [5], positions: [0], logits: 1 };
    const fail = () => {
      throw new RangeError('reader');
    };
    await expect(engine.forward([pass], fail)).rejects.toThrow('reader');
    expect((await decode(engine, open(), 5, 0)).logits).toHaveLength(1312);
  });

  it('without passes read nothing', async () => {
    expect(await run(engine, [])).toEqual([]);
  });
});

describe('counters', () => {
  it('count rows, layers, head rows and bytes held, and charge prompts and steps apart', async () => {
    const context = freshContext();
    const { counters } = context.meter;
    const sequence = open(100, context);
    await fill(engine, sequence, prompt.slice(0, 30));
    expect(counters.sums).toMatchObject({ passes: 1, rows: 30, layer_rows: 240, head_rows: 1, prefill_rows: 30 });
    expect(counters.sums.kv_steps).toBeUndefined();
    const perSlot = 2 * 2 * 2 * 32; // K and V, F16, 2 KV heads of 32
    expect(counters.sums.kv_bytes_peak).toBe(30 * 8 * perSlot);
    await runOne(engine, { sequence, tokens: [5, 6], positions: [30, 31], layers: [0, 3] });
    const held = (32 * 3 + 30 * 5) * perSlot;
    expect(counters.sums).toMatchObject({ passes: 2, rows: 32, layer_rows: 246, head_rows: 1, kv_steps: 1 });
    expect(counters.sums).toMatchObject({ kv_bytes_sum: held, kv_bytes_peak: held });
    expect(counters.tallies).toEqual({ pass_rows: { 2: 1 }, pass_sequences: { 1: 1 } });
  });

  it('share a pass by rows among calls, and add up to the totals of the engine', async () => {
    const before = { ...engine.totals.sums };
    const contexts = [freshContext(), freshContext()] as const;
    const passes = contexts.map(
      (context, at): Pass => ({
        sequence: open(64, context),
        tokens: [5, 6, 7].slice(at * 2),
        positions: [0, 1, 2].slice(at * 2),
      }),
    );
    passes[0] = { ...(passes[0] as Pass), tokens: [5, 6, 7], positions: [0, 1, 2] };
    await run(engine, passes);
    const [three, one] = contexts.map(({ meter }) => meter.counters.sums) as [
      Record<string, number>,
      Record<string, number>,
    ];
    expect(three).toMatchObject({ passes: 1, rows: 3, layer_rows: 24 });
    expect(one).toMatchObject({ passes: 1, rows: 1, layer_rows: 8 });
    expect(three.engine_ms).toBeCloseTo(3 * (one.engine_ms as number), 6);
    const added = (counter: string) => (engine.totals.sums[counter] ?? 0) - (before[counter] ?? 0);
    expect(added('passes')).toBe(1);
    expect(added('rows')).toBe(4);
    expect(added('engine_ms')).toBeCloseTo((three.engine_ms as number) + (one.engine_ms as number), 3);
    expect(three.forward_ms).toBeGreaterThanOrEqual(three.engine_ms as number);
    expect(contexts[0].meter.counters.tallies).toEqual({ pass_rows: { 4: 1 }, pass_sequences: { 2: 1 } });
  });

  it('a pass counts once for a call with two sequences in it', async () => {
    const context = freshContext();
    const passes = [0, 1].map((): Pass => ({ sequence: open(64, context), tokens: [5], positions: [0] }));
    await run(engine, passes);
    expect(context.meter.counters.sums).toMatchObject({ passes: 1, rows: 2, kv_steps: 1 });
  });
});

describe('attention', () => {
  const heads = 2; // query heads per KV head
  const sums = (mass: Float32Array, slots: number) =>
    range(0, 2).map((head) => mass.subarray(head * slots, (head + 1) * slots).reduce((sum, value) => sum + value, 0));

  it.each(['decode', 'prefill'])('mass of each KV head adds up to its queries, in a %s pass', async (kind) => {
    const sequence = open(128);
    const positions = range(0, 40);
    const pass: Pass = { sequence, tokens: prompt.slice(0, 40), positions, prefill: kind === 'prefill' };
    const { attention } = await runOne(engine, { ...pass, attention: { layers: [7, 2], queries: 6 } });
    expect(attention).toHaveLength(2);
    for (const mass of attention) {
      expect(mass).toHaveLength(2 * 40);
      for (const sum of sums(mass, 40)) expect(sum).toBeCloseTo(6 * heads, 3);
      expect(Math.min(...mass)).toBeGreaterThanOrEqual(0);
    }
  });

  it('of several queries is the sum over single ones', async () => {
    const together = open(128);
    await fill(engine, together, prompt.slice(0, 40));
    const ids = prompt.slice(40, 43);
    const tap = { layers: [4], queries: 3 };
    const pass = { sequence: together, tokens: ids, positions: [40, 41, 42], attention: tap };
    const [mass] = (await runOne(engine, pass)).attention as [Float32Array];
    const single = open(128);
    await fill(engine, single, prompt.slice(0, 40));
    const expected = new Float32Array(2 * 43);
    for (const [row, id] of ids.entries()) {
      const step = { sequence: single, tokens: [id], positions: [40 + row], attention: { layers: [4], queries: 1 } };
      const [one] = (await runOne(engine, step)).attention as [Float32Array];
      const slots = 41 + row;
      for (let head = 0; head < 2; head++) {
        for (let slot = 0; slot < slots; slot++) expected[head * 43 + slot]! += one[head * slots + slot] as number;
      }
    }
    expect(distance(mass, expected)).toBeLessThan(1e-5);
  });

  it('of the prefill path equals that of the decode path up to rounding', async () => {
    const tap = { layers: [0, 5], queries: 8 };
    const masses = [];
    for (const prefill of [true, false]) {
      const pass = {
        sequence: open(128),
        tokens: prompt.slice(0, 50),
        positions: range(0, 50),
        attention: tap,
        prefill,
      };
      masses.push((await runOne(engine, pass)).attention as Float32Array[]);
    }
    // Layer 0 sees the same rows on both paths.
    expect(distance(masses[0]?.[0] as Float32Array, masses[1]?.[0] as Float32Array)).toBeLessThan(1e-4);
    expect(distance(masses[0]?.[1] as Float32Array, masses[1]?.[1] as Float32Array)).toBeLessThan(0.2);
  });

  it('on hidden slots is zero, and taking it changes no logit', async () => {
    const sequence = open(128);
    await fill(engine, sequence, prompt.slice(0, 30));
    const pass: Pass = {
      sequence,
      tokens: [9],
      positions: [30],
      logits: 1,
      hide: [
        { layers: [0, 8], slots: [3, 4] },
        { layers: [5, 6], slots: range(10, 20), kvHeads: [1] },
      ],
    };
    const plain = await runOne(engine, pass);
    sequence.truncate(30);
    const tapped = await runOne(engine, { ...pass, attention: { layers: [5], queries: 1 } });
    expect(sameBits(tapped.logits, plain.logits)).toBe(true);
    const [mass] = tapped.attention as [Float32Array];
    expect([mass[3], mass[4], mass[31 + 3]]).toEqual([0, 0, 0]);
    expect(mass[10]).toBeGreaterThan(0);
    expect([...mass.subarray(31 + 10, 31 + 20)]).toEqual(Array(10).fill(0));
  });
});

describe('hide', () => {
  it('in a prompt gives the same on both paths up to rounding, and rows still see themselves', async () => {
    const hide = [
      { layers: [2, 8] as const, slots: range(0, 40).filter((slot) => slot % 4 === 1) },
      { layers: [3, 4] as const, slots: [0, 2], kvHeads: [0] },
    ];
    const outputs = [];
    for (const prefill of [true, false]) {
      const pass = {
        sequence: open(128),
        tokens: prompt.slice(0, 40),
        positions: range(0, 40),
        logits: 1,
        hide,
        prefill,
      };
      outputs.push((await runOne(engine, pass)).logits);
    }
    const [flash, vtf] = outputs as [Float32Array, Float32Array];
    expect(flash.every(Number.isFinite)).toBe(true);
    expect(distance(flash, vtf)).toBeLessThan(0.15);
    const seen = (await fill(engine, open(128), prompt.slice(0, 40))).logits;
    expect(distance(flash, seen)).toBeGreaterThan(0.5);
  });
});

describe('kvOnly', () => {
  it('writes K and V of every layer from the same rows', async () => {
    const [whole, single] = [open(), open()];
    for (const sequence of [whole, single]) await fill(engine, sequence, prompt.slice(0, 20));
    const rows: Pass = { sequence: whole, tokens: [9], positions: [20], layers: [0, 5], states: true };
    const { states: hidden } = await runOne(engine, rows);
    await runOne(engine, { ...rows, sequence: single });
    await runOne(engine, { sequence: whole, hidden, positions: [20], layers: [5, 8], kvOnly: true });
    for (let layer = 5; layer < 8; layer++) {
      await runOne(engine, { sequence: single, hidden, positions: [20], layers: [layer, layer + 1], kvOnly: true });
    }
    const expected = await decode(engine, single, 7, 21);
    expect(sameBits((await decode(engine, whole, 7, 21)).logits, expected.logits)).toBe(true);
  });
});

describe('memory', () => {
  it('buffers of closed sequences are used again, and a larger one replaces a smaller', async () => {
    const first = await createEngine(tiny8);
    const buffers = () => first.facts().kvBuffers;
    for (let round = 0; round < 5; round++) {
      for (const capacity of [40, 300, 100]) {
        using sequence = first.open(capacity, freshContext());
        await decode(first, sequence, 5, 0);
      }
    }
    expect(buffers()).toEqual({ created: 2, free: 1 });
    const both = [first.open(300, freshContext()), first.open(300, freshContext())];
    expect(buffers()).toEqual({ created: 3, free: 0 });
    for (const sequence of both) sequence[Symbol.dispose]();
    expect(buffers()).toEqual({ created: 3, free: 2 });
    await first[Symbol.asyncDispose]();
  });

  it('graphs are used again by later calls of the same shape', async () => {
    await using own = await createEngine(tiny8);
    const built = () => (own.facts().graphs as { built: number }).built;
    const answer = async () => {
      using sequence = own.open(256, freshContext());
      await fill(own, sequence, prompt.slice(0, 40));
      for (let at = 40; at < 60; at++) await decode(own, sequence, 5, at);
    };
    await answer();
    const once = built();
    for (let round = 0; round < 3; round++) await answer();
    expect(built()).toBe(once);
  });

  it('the same sequences in another order run the same graph, and get their own outputs', async () => {
    await using own = await createEngine(tiny8);
    const built = () => (own.facts().graphs as { built: number }).built;
    const sequences = [20, 30, 40].map((capacity) => own.open(capacity, freshContext()));
    const passOf = (sequence: Sequence, at: number): Pass => ({
      sequence,
      tokens: [5 + at],
      positions: [0],
      logits: 1,
    });
    const passes = sequences.map(passOf);
    const forwards = await run(own, passes);
    for (const sequence of sequences) sequence.truncate(0);
    const once = built();
    const backwards = await run(own, [...passes].reverse());
    expect(built()).toBe(once);
    forwards.forEach(({ logits }, at) => {
      expect(sameBits(logits, backwards[2 - at]?.logits as Float32Array)).toBe(true);
    });
  });

  it('layers of different length outgrow their graph together', async () => {
    const sequence = open(512);
    await fill(engine, sequence, prompt.slice(0, 100));
    for (let layer = 0; layer < 8; layer++) sequence.keep(layer, [range(0, 100 - 7 * layer)]);
    const built = () => (engine.facts().graphs as { built: number }).built;
    const before = built();
    for (let at = 100; at < 228; at++) await decode(engine, sequence, 5, at);
    expect(built() - before).toBeLessThanOrEqual(3);
  });
});

describe('engines', () => {
  it('two of them work side by side', async () => {
    await using second = await createEngine(tiny8);
    using there = second.open(64, freshContext());
    const here = open();
    const [a, b] = await Promise.all([
      fill(engine, here, prompt.slice(0, 30)),
      fill(second, there, prompt.slice(0, 30)),
    ]);
    expect(sameBits(a.logits, b.logits)).toBe(true);
    const next = argmax(a.logits);
    const [c, d] = await Promise.all([decode(engine, here, next, 30), decode(second, there, next, 30)]);
    expect(sameBits(c.logits, d.logits)).toBe(true);
  });

  it('refuse work once disposed, and close what was open', async () => {
    const own = await createEngine(tiny8);
    const sequence = own.open(16, freshContext());
    const late = decode(own, sequence, 5, 0);
    await own[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
    await expect(late).rejects.toEqual(failure('E_ARGUMENT'));
    await expect(decode(own, sequence, 5, 0)).rejects.toEqual(failure('E_ARGUMENT'));
    expect(() => own.open(16, freshContext())).toThrow(failure('E_ARGUMENT'));
    sequence[Symbol.dispose]();
    expect(own.openSequences).toBe(0);
  });

  it('say what they are made of', () => {
    expect(engine.identity).toMatch(/^ggml-cpu\S* 3\.21\.1 weights=\S+ prefill=flash chunk=256 threads=1$/);
    expect(engine.facts()).toMatchObject({
      threads: 1,
      prefill: 'flash',
      rowInvariance: { label: expect.any(String) },
    });
    expect(engine.model).toMatchObject({ architecture: 'llama', layers: 8, width: 128, heads: 4, kvHeads: 2 });
    expect(engine.model).toMatchObject({ headSize: 32, feedForward: 352, vocabulary: 1312, contextLength: 512 });
  });

  it.each([
    ['threads', { threads: 0 }],
    ['chunk', { chunk: 1.5 }],
  ])('refuse a wrong number of %s', async (_, options) => {
    await expect(createEngine(tiny8, options)).rejects.toEqual(failure('E_ARGUMENT'));
  });
});
