import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

/** Packages that a file pulls in when it is loaded: static imports, followed; types vanish and do not count. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'/gm)].map(
    (match) => match[1] as string,
  );
  return imports.flatMap((specifier) => {
    if (!specifier.startsWith('.')) return specifier.startsWith('node:') ? [] : [specifier];
    const target = join(dirname(file), specifier);
    expect(existsSync(target), relative('.', target)).toBe(true);
    return packagesOf(target, seen);
  });
}

it('costs no parser until a configuration is made: zod takes 80 ms to load, yaml 40', () => {
  expect(packagesOf(join(import.meta.dirname, 'index.ts'))).toEqual([]);
  const seen = new Set<string>();
  expect([...new Set(packagesOf(join(import.meta.dirname, '..', 'cli', 'main.ts'), seen))]).toEqual(['commander']);
  // Each file costs a little: those of `--help` can be counted.
  expect(seen.size).toBeLessThan(15);
  expect(packagesOf(join(import.meta.dirname, 'load.ts'))).toEqual(expect.arrayContaining(['zod', 'yaml']));
});
