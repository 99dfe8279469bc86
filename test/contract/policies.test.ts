import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseline } from '../../src/policies/baseline/baseline.ts';
import { policies } from '../../src/policies/index.ts';
import { some } from '../support/depth.ts';
import { type BenchEngine, openTiny8 } from './bench-engine.ts';
import { brokenPolicies } from './broken/index.ts';
import { checks, failures } from './contract.ts';

let engine: BenchEngine;
beforeAll(async () => {
  engine = await openTiny8();
});
afterAll(() => engine[Symbol.asyncDispose]());

const variants = policies
  .filter((one) => one.engine)
  .flatMap((policy) => Object.entries(policy.variants).map(([variant, params]) => ({ policy, variant, params })));

describe.each(some(variants, 4))('$variant in the engine', ({ policy, params }) => {
  it.each(Object.keys(checks))('%s', async (name) => {
    const complaint = await checks[name]!({ policy, params: params as Record<string, unknown>, engine, baseline });
    expect(complaint).toBeUndefined();
  });
});

describe('broken policies are caught', () => {
  it.each(some(brokenPolicies, 12))('$policy.name: $caughtBy', async ({ policy, caughtBy, params }) => {
    const found = await failures({ policy, params: params ?? {}, engine, baseline }, caughtBy);
    expect(Object.keys(found)).toEqual(caughtBy);
  });
});
