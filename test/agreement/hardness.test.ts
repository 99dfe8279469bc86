import { describe, expect, it } from 'vitest';
import { headerMutants, truncations, tryAll } from './mutants.ts';

describe('a damaged model file', () => {
  it('that was cut short anywhere is refused', () => {
    expect(tryAll(truncations(200))).toMatchObject({ refused: 200, strange: [] });
  });

  it('with other bytes in its header is refused or runs', () => {
    const outcome = tryAll(headerMutants(600, 2));
    console.log(outcome);
    expect(outcome).toMatchObject({ strange: [], died: undefined });
    expect(outcome.ran + outcome.refusedLater).toBe(outcome.accepted);
    // All 64 that run did. One that lost a token or a merge may run as well and not give the sentence back.
    expect(outcome.ran).toBeGreaterThanOrEqual(60);
    expect(outcome.faithful).toBeGreaterThanOrEqual(0.9 * outcome.ran);
  });
});
