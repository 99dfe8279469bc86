import { defineConfig } from 'vitest/config';
import { OwnFirst } from './test/support/own-first.ts';

/** Those that take many seconds each run by `npm run test:slow`. */
const slow = '**/*.slow.test.ts';

/**
 * These need a process of their own: they replace modules or the clock, load a library of theirs or count CPU time. All others share
 * one process per worker, where each module is loaded once: that would be a third of the time of `npm test`.
 */
const own = [
  'src/assembly/{limits,warm-up}.test.ts',
  'src/config/load.test.ts',
  'src/core/available-cores.test.ts',
  'src/engine/library.test.ts',
  'src/host/{proxy,serve}.test.ts',
  // A process keeps the metrics that were added in it.
  'src/modules/user-metrics.test.ts',
  'src/pacing/{limit,open-loop,retry}.test.ts',
  // A report with metrics of the user's own is computed by one thread.
  'src/ttcbench/statistics-on-two-threads.test.ts',
  'test/old-run-folder.test.ts',
];

// Pool `forks`: two engine files in threads of one process abort in ggml.
export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    sequence: { sequencer: OwnFirst },
    projects: [
      {
        extends: true,
        test: { name: 'own process', include: own, isolate: true },
      },
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['src/**/*.test.ts', 'test/contract/**/*.test.ts', 'test/*.test.ts'],
          exclude: [slow, ...own],
          setupFiles: ['test/support/own-environment.ts'],
          isolate: false,
        },
      },
    ],
  },
});
