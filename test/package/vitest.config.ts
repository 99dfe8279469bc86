import { defineConfig } from 'vitest/config';

/** The package as npm would publish it. `npm run test:package` builds it first. */
export default defineConfig({
  test: { include: ['test/package/*.test.ts'], pool: 'forks', testTimeout: 300_000, hookTimeout: 300_000 },
});
