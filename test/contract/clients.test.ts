/** Client realisations keep their contract, over calls that a server in this process has on record. */
import { describe, expect, it } from 'vitest';
import { baseline } from '../../src/policies/baseline/baseline.ts';
import { policies } from '../../src/policies/index.ts';
import { brokenClients } from './broken/client.ts';
import { clientChecks, clientFailures } from './client-contract.ts';
import { honestClient } from './honest-client.ts';

const names = Object.keys(clientChecks);

for (const policy of policies.filter(({ client }) => client)) {
  for (const [variant, params] of Object.entries(policy.variants)) {
    describe(`${variant} over an API`, () => {
      it.each(names)('%s', async (name) => {
        expect(await clientChecks[name]!({ policy, params, baseline })).toBeUndefined();
      });
    });
  }
}

describe('an honest policy of several calls passes', () => {
  it.each(names)('%s', async (name) => {
    expect(await clientChecks[name]!({ policy: honestClient, params: {}, baseline })).toBeUndefined();
  });
});

describe('broken policies are caught', () => {
  it.each(brokenClients)('$policy.name: $caughtBy', async ({ policy, caughtBy }) => {
    const found = await clientFailures({ policy, params: {}, baseline }, caughtBy);
    expect(Object.keys(found)).toEqual(caughtBy);
  });

  it('and every check catches one of them', () => {
    const caught = new Set(brokenClients.flatMap(({ caughtBy }) => caughtBy));
    expect(names.filter((name) => !caught.has(name))).toEqual([]);
  });
});
