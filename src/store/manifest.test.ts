import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scratchFolder } from '../../test/crash/folder.ts';
import { readManifest } from './manifest.ts';

function read(changes: Record<string, unknown>) {
  using scratch = scratchFolder();
  const path = join(scratch.path, 'run.json');
  writeFileSync(path, JSON.stringify({ schema: 1, id: 'a', config: {}, sessions: [], checks: {}, ...changes }));
  return readManifest(path);
}

it('a check keeps its shape or is left out, and what nobody reads stays as it is', () => {
  const good = {
    ...{ backend: 'b', command: 'c', threads: 2, slo: { first_token_latency: 5 }, acts: { p: 'exits' } },
    ...{ rowInvariance: { label: 'numeric', differing: [5] }, capabilities: [1, { deep: null }] },
  };
  expect(read({ checks: good })?.checks).toEqual(good);
  const bad = { backend: 5, command: null, threads: 'two', slo: { a: 'b' }, acts: [], rowInvariance: { differing: 3 } };
  expect(read({ checks: { ...bad, weights: 'x' } })?.checks).toEqual({ weights: 'x' });
});

it('a manifest whose parts are no objects is read as if they were empty', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('checks', 'versions', 'hardware', 'model'),
      fc.constantFrom(null, 5, 'x', [1]),
      (name, value) => {
        expect(read({ [name]: value })).toMatchObject({ checks: {}, versions: {}, hardware: {}, model: {} });
      },
    ),
  );
});
