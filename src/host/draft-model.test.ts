/** A second model in the engine's process, as a draft model asks for it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tiny8 } from '../../test/contract/bench-engine.ts';
import { callOf, play } from '../../test/contract/contract.ts';
import { truncateGguf } from '../../test/support/truncated-gguf.ts';
import { createHostProxy, type HostProxy } from './proxy.ts';

let proxy: HostProxy;
beforeAll(() => {
  proxy = createHostProxy({ modelPath: tiny8, threads: 1, prefill: 'flash' });
});
afterAll(() => proxy[Symbol.asyncDispose]());

const speculative = { name: 'speculative_decoding' };
const call = callOf(38, { maxTokens: 40 });

describe('a draft model beside the engine', () => {
  it('is opened by its path and drafts for the model', async () => {
    const draft_model = truncateGguf(tiny8, 2);
    await using plain = await proxy.realise({ name: 'baseline' }, {});
    await using drafted = await proxy.realise(speculative, { draft: 'model', draft_model });
    const [expected, played] = [await play(plain, call), await play(drafted, call)];
    expect(played.ids).toEqual(expected.ids);
    expect(played.counters.sums.draft_passes).toBeGreaterThan(5);
    expect(played.counters.sums.passes).toBeLessThan(expected.counters.sums.passes as number);
  });

  it('that cannot be opened fails before any call, with its reason, and others go on', async () => {
    const opening = proxy.realise(speculative, { draft: 'model', draft_model: '/no/such.gguf' });
    await expect(opening).rejects.toMatchObject({ code: 'E_MODEL', message: /no\/such\.gguf/ });
    await using plain = await proxy.realise({ name: 'baseline' }, {});
    expect((await play(plain, call)).ids.length).toBeGreaterThan(10);
  });
});
