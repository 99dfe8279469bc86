import { defineConfig } from 'vitest/config';
import { GoldenTable } from './golden-table.ts';

/** Parity with the official programs. Vectors: the folder in TTCBENCH_GOLDEN, else ../shared/golden. */
export default defineConfig({
  test: {
    include: ['test/golden/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', new GoldenTable()],
  },
});
