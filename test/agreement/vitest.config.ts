import { defineConfig } from 'vitest/config';

// Checks against llama.cpp on real and generated models: minutes, not seconds. `npm run test:agreement`.
export default defineConfig({
  test: {
    include: ['test/agreement/**/*.test.ts'],
    pool: 'forks',
    // Real processes on a shared machine: CI plays what fails once more, and the runner marks it. Such a test is to be mended.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
});
