import { defineConfig } from 'vitest/config';

// Real processes killed at real moments: needs dist/ (npm run test:crash builds it).
export default defineConfig({
  test: {
    include: ['test/crash/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    maxWorkers: 2,
  },
});
