import { defineConfig } from 'vitest/config';

/** Tests that take many seconds each: `npm test` stays short without them. */
export default defineConfig({
  test: {
    include: ['src/**/*.slow.test.ts', 'test/*.slow.test.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
