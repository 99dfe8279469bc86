import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toyGenerate } from '../../test/crash/toy.ts';
import type { Backend, PolicyConfig } from '../core/index.ts';
import { clientKitOf } from './open-variant.ts';
import { openCells, planPolicies } from './planned-policies.ts';

/** What planning asks of a backend: only its kind. */
const engineBackend = {
  name: 'ggml',
  kind: 'engine',
  realise: async () => Promise.reject(new Error('planning opens nothing')),
} as unknown as Backend;

const planned = async (...configs: PolicyConfig[]) =>
  (await planPolicies(configs, engineBackend, true)).slice(2).map((one) => one.planned);

describe('planPolicies', () => {
  it('offers batches at least four times their slots, everything else trial by trial', async () => {
    const plans = await planned(
      { name: 'early_exit_28', params: {} },
      { name: 'elastic_batch_greedy', params: {} },
      { name: 'elastic_batch_sorted', params: { slots: 3 } },
      { name: 'elastic_batch_greedy+speculative_decoding', params: { elastic_batch_greedy: { slots: 2 } } },
    );
    expect(plans.map(({ blockSize }) => blockSize)).toEqual([1, 32, 12, 8]);
  });

  it('plans a composition under its name, with the parameters of each member and the weakest fidelity', async () => {
    const [plan] = await planned({
      name: 'elastic_batch_greedy+early_exit_28',
      params: { early_exit_28: { confidence_threshold: 0.9 } },
    });
    expect(plan).toMatchObject({
      policy_name: 'elastic_batch_greedy+early_exit_28',
      params: { elastic_batch_greedy: { slots: 8 }, early_exit_28: { confidence_threshold: 0.9, exit_layer: 28 } },
      fidelity: 'lossy',
      realisation: 'engine',
    });
  });

  it('calls nothing exact but the baseline and its controls where a row`s bits depend on its neighbours', async () => {
    const names = [
      'early_exit_32',
      'speculative_decoding',
      'elastic_batch_greedy',
      'elastic_batch_greedy+early_exit_32',
    ];
    const fidelities = async (label: string) => {
      const facts = async () => ({ rowInvariance: { label, differing: [5], largest: 1e-6 } });
      const configs = names.map((name) => ({ name, params: {} }));
      const all = await planPolicies(configs, { ...engineBackend, facts }, true);
      return all.map(({ planned: { fidelity } }) => fidelity);
    };
    expect(await fidelities('bits')).toEqual(Array(6).fill('exact'));
    expect(await fidelities('numeric')).toEqual(['exact', 'exact', 'exact', 'lossy', 'lossy', 'lossy']);
  });

  it('refuses a run over an API in which only the baseline would play', async () => {
    const api = { name: 'groq' } as Backend;
    const over = (...names: string[]) =>
      planPolicies(
        names.map((name) => ({ name, params: {} })),
        api,
        true,
      );
    await expect(over('elastic_batch_greedy+speculative_decoding', 'baseline')).rejects.toMatchObject({
      code: 'E_NO_REALISATION',
      message: 'over groq nothing of what was asked for can run: elastic_batch_greedy+speculative_decoding',
    });
    expect(await over('baseline')).toHaveLength(3);
  });

  it('refuses a policy of the user`s own under a name of ours', async () => {
    const own = join(mkdtempSync(join(tmpdir(), 'ttcbench-own-')), 'own.mjs');
    writeFileSync(own, "export default { name: 'early_exit_28', version: 1, params: {}, variants: {} };");
    await expect(planned({ name: own, params: {} })).rejects.toMatchObject({ code: 'E_POLICY' });
    rmSync(dirname(own), { recursive: true });
  });

  it('refuses what cannot be composed before anything runs', async () => {
    await expect(planned({ name: 'speculative_decoding+early_exit_28', params: {} })).rejects.toMatchObject({
      code: 'E_COMPOSE',
    });
  });
});

describe('openCells', () => {
  it('opens a cell once, and gives it without a promise from then on', async () => {
    const backend = { name: 'toy', kind: 'api', capabilities: new Set(), generate: toyGenerate } as unknown as Backend;
    const open = openCells(backend, await planPolicies([], backend, true), clientKitOf({}));
    const { signal } = new AbortController();
    const first = open('baseline', signal);
    expect(open('baseline', signal)).toBe(first);
    const cell = await first;
    expect(open('baseline', signal)).toBe(cell);
  });
});
