import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..');

/** Where the vectors lie, or why there are none. A folder that somebody named must be there and hold vectors. */
export type GoldenFolder = { path: string } | { missing: string };

export function findGoldenFolder(named: string | undefined, fallback: string): GoldenFolder {
  const path = resolve(root, named || fallback);
  if (!existsSync(path)) {
    if (named) throw new Error(`TTCBENCH_GOLDEN names ${path}, which does not exist`);
    return { missing: 'TTCBENCH_GOLDEN is not set and ../shared/golden does not exist' };
  }
  if (!readdirSync(path).some((name) => name.endsWith('.jsonl')))
    throw new Error(`the golden folder ${path} holds no .jsonl file`);
  return { path };
}

/** A file of vectors, or why there is none: a folder may hold some of them only. */
export function findGoldenFile(folder: GoldenFolder, file: string): GoldenFolder {
  if ('missing' in folder) return folder;
  const path = join(folder.path, file);
  return existsSync(path) ? { path } : { missing: `${file} is not in the golden folder` };
}

/** An empty file is an error. */
function readRows<Row>(path: string): Row[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  if (lines.length === 0) throw new Error(`${path} holds no rows`);
  return lines.map((line) => JSON.parse(line) as Row);
}

/** One test for each row of a file. `skip` gives a reason for rows that are not checked, or nothing; `title` ends in the file's name. */
export function checkGolden<Row extends object>(
  file: string,
  check: (row: Row) => void | Promise<void>,
  skip: (row: Row) => string | undefined = () => undefined,
  title = file,
): void {
  const folder = findGoldenFolder(process.env.TTCBENCH_GOLDEN, join('..', 'shared', 'golden'));
  const found = findGoldenFile(folder, file);
  describe(title, () => {
    if ('missing' in found) {
      console.warn(`golden: ${title} skipped: ${found.missing}`);
      it(`skipped: ${found.missing}`, (context) => context.skip(found.missing));
      return;
    }
    readRows<Row>(found.path).forEach((row, index) => {
      const { id = '', kind = '' } = row as { id?: string; kind?: string };
      it(`line ${index + 1} ${id} ${kind}`, async (context) => {
        const reason = skip(row);
        if (reason) context.skip(reason);
        await check(row);
      });
    });
  });
}

/** Floats are compared at 1e-6. */
export function expectClose(actual: number, expected: number, what: string): void {
  expect(Math.abs(actual - expected), `${what}: ${actual} instead of ${expected}`).toBeLessThanOrEqual(1e-6);
}
