import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchEngine, openTiny8 } from '../../../test/contract/bench-engine.ts';
import { callOf, open, type Played, play } from '../../../test/contract/contract.ts';
import { some } from '../../../test/support/depth.ts';
import { validate } from '../../core/index.ts';
import { layerDrafts } from './layer-drafts.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const sums = (played: readonly Played[], name: string) =>
  played.reduce((total, { counters }) => total + (counters.sums[name] ?? 0), 0);

async function playAll(params: Record<string, unknown>, samples: readonly number[], changes = {}): Promise<Played[]> {
  const generate = open(layerDrafts, params, engine);
  const played: Played[] = [];
  for (const sample of samples) played.push(await play(generate, callOf(sample, { maxTokens: 48, ...changes })));
  return played;
}
const all = Array.from({ length: 38 }, (_, sample) => sample);

describe('on a model trained for early exits', () => {
  // assets/tiny8/README.md, measured by another program over the held-out questions.
  const shares: [number, number][] = [
    [1, 0.52],
    [2, 0.84],
    [4, 0.95],
    [6, 0.97],
  ];
  it.each(some(shares, 2))(
    'drafts of %i layers are right as often as its README says (%f)',
    async (draft_layers, expected) => {
      const played = await playAll({ draft_layers, acceptance_threshold: 0 }, all);
      const rate = sums(played, 'accepted') / sums(played, 'drafted');
      expect(rate).toBeGreaterThan(expected - 0.05);
      expect(rate).toBeLessThan(expected + 0.05);
    },
  );
});

describe('all layers as drafters', () => {
  it.each([0, 2])('are always right (temperature %d)', async (temperature) => {
    const played = await playAll({ draft_layers: 8, acceptance_threshold: 0 }, [38, 16, 5], { temperature });
    expect(sums(played, 'drafted')).toBeGreaterThan(20);
    expect(sums(played, 'accepted')).toBe(sums(played, 'drafted'));
  });
});

describe('work', () => {
  it('runs the first layers once per draft, the others once per step', async () => {
    const played = await playAll({ draft_layers: 2, lookahead_tokens: 3, acceptance_threshold: 0 }, [38], {
      maxTokens: 12,
    });
    const { sums: counted, tallies } = played[0]!.counters;
    const lengths = Object.entries(tallies.accepted_length ?? {}).map(([length, steps]) => [Number(length), steps]);
    const tokens = 1 + lengths.reduce((total, [length, steps]) => total + (length! + 1) * steps!, 0);
    expect(played[0]!.ids.length).toBe(12);
    const plainSteps = 12 - tokens;
    const rows = (counted.drafted as number) + (counted.verify_passes as number);
    const prompt = counted.prompt_tokens as number;
    expect(counted.rows).toBe(prompt + 2 * rows + plainSteps);
    expect(counted.layer_rows).toBe(8 * prompt + 8 * rows + 8 * plainSteps);
    expect(counted.passes).toBe(1 + rows + (counted.verify_passes as number) + plainSteps);
  });

  it('a closed gate saves drafts, and what was drafted is right more often', async () => {
    const free = await playAll({ draft_layers: 1, acceptance_threshold: 0 }, all.slice(0, 12));
    const gated = await playAll({ draft_layers: 1, acceptance_threshold: 0.9 }, all.slice(0, 12));
    expect(sums(gated, 'gate_stops')).toBeGreaterThan(0);
    expect(sums(gated, 'drafted')).toBeLessThan(sums(free, 'drafted'));
    const rate = (played: Played[]) => sums(played, 'accepted') / sums(played, 'drafted');
    expect(rate(gated)).toBeGreaterThan(rate(free) + 0.1);
  });

  it('a controller pauses drafting where it does not pay', async () => {
    const params = { draft_layers: 1, threshold_mode: 'controller', acceptance_threshold: 0.95 };
    const paused = await playAll(params, [38, 12]);
    expect(sums(paused, 'paused_steps')).toBeGreaterThan(7);
    const free = await playAll({ ...params, acceptance_threshold: 0 }, [38, 12]);
    expect(sums(free, 'paused_steps')).toBe(0);
  });
});

describe('parameters', () => {
  it('draft with a quarter of the layers unless told otherwise', async () => {
    const [own] = await playAll({ acceptance_threshold: 0 }, [38]);
    const [two] = await playAll({ acceptance_threshold: 0, draft_layers: 2 }, [38]);
    expect(own!.counters.sums.layer_rows).toBe(two!.counters.sums.layer_rows);
  });

  it('refuse more layers than the model has, and none', () => {
    expect(() => open(layerDrafts, { draft_layers: 9 }, engine)).toThrow(/9 of a model with 8 layers/);
    expect(() => validate(layerDrafts.params, { draft_layers: 0 }, 'layers')).toThrow(/draft_layers/);
    expect(() => validate(layerDrafts.params, { lookahead_tokens: 16 }, 'layers')).toThrow(/lookahead_tokens/);
  });
});
