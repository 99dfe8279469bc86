import { defineConfig } from 'vitest/config';

// Real processes killed at real moments: needs dist/ (npm run test:crash builds it).
export default defineConfig({
  test: {
    include: ['test/crash/**/*.test.ts'],
    pool: 'forks',
    // Real processes on a shared machine: CI plays what fails once more, and the runner marks it. Such a test is to be mended.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 120_000,
    maxWorkers: 2,
  },
});
