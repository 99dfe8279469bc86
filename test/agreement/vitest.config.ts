import { defineConfig } from 'vitest/config';

// Checks against llama.cpp on real and generated models: minutes, not seconds. `npm run test:agreement`.
export default defineConfig({
  test: {
    include: ['test/agreement/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
});
