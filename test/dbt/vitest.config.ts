import { defineConfig } from 'vitest/config';

/** The project built by dbt itself: needs pip, or skips with a reason. */
export default defineConfig({
  test: {
    env: { TESTS_MAY_PIP: '1' },
    include: ['test/dbt/*.test.ts'],
    pool: 'forks',
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
