import { defineConfig } from 'vitest/config';

// Pool `forks`: two engine files in threads of one process abort in ggml.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/contract/**/*.test.ts', 'test/*.test.ts'],
    // Those that take many seconds each run by `npm run test:slow`.
    exclude: ['**/*.slow.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
