import { defineConfig } from 'vitest/config';

/** Of these `npm test` plays a part (test/support/depth.ts). */
const deep = [
  'src/benchmarks/crm-synth/crm-synth.test.ts',
  'src/engine/{agreement,bits,encoder,outputs,shape-keys,tokenizer,weights}.test.ts',
  'src/policies/elastic-batch/elastic-batch.test.ts',
  'src/policies/speculation/layer-drafts.test.ts',
  'src/scorers/extremes.test.ts',
  'test/contract/policies.test.ts',
];

/** Tests that take many seconds each: `npm test` stays short without them. */
export default defineConfig({
  test: {
    pool: 'forks',
    // Real processes on a shared machine: CI plays what fails once more, and the runner marks it. Such a test is to be mended.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Much of their time is waiting for servers and processes of their own.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['src/**/*.slow.test.ts', 'test/*.slow.test.ts', 'test/contract/*.slow.test.ts'],
        },
      },
      { extends: true, test: { name: 'in full', include: deep, env: { TESTS_IN_FULL: '1' } } },
    ],
  },
});
