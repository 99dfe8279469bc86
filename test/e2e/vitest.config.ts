import { defineConfig } from 'vitest/config';

/** In a real browser: chromium in TTCBENCH_CHROMIUM or on the path. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: 'test/e2e/build-page.ts',
    pool: 'forks',
    // Real processes on a shared machine: CI plays what fails once more, and the runner marks it. Such a test is to be mended.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
