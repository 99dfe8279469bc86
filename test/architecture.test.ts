import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Folder or file of src/ → what it may import: other parts of src/, or packages (after `npm:`). */
const allowed: Record<string, string[]> = {
  core: [],
  decode: ['core'],
  jinja: [],
  engine: ['core', 'jinja', 'npm:koffi'],
  client: ['core', 'npm:undici'],
  models: ['core', 'npm:yauzl', 'npm:env-paths'],
  host: ['core', 'decode', 'engine', 'policies'],
  backends: ['core', 'host', 'client', 'models'],
  policies: ['core', 'decode', 'npm:zod'],
  scorers: ['core'],
  benchmarks: ['core', 'scorers', 'npm:zod', 'npm:node-sqlite3-wasm'],
  metrics: ['core', 'scorers'],
  stats: [],
  pacing: ['core'],
  runner: ['core', 'pacing'],
  store: ['core'],
  rows: ['core', 'metrics', 'store'],
  tables: ['core', 'metrics', 'rows', 'store', 'npm:@duckdb/node-api', 'npm:hucre'],
  dbt: ['core', 'jinja', 'tables', 'npm:yaml'],
  charts: ['core', 'npm:@observablehq/plot'],
  report: [
    'core',
    'decode',
    'metrics',
    'stats',
    'store',
    'rows',
    'charts',
    'npm:markdown-table',
    'npm:linkedom',
    'npm:@resvg/resvg-js',
  ],
  wire: ['client'],
  gateway: ['core', 'client', 'wire'],
  config: ['core', 'backends', 'npm:zod', 'npm:yaml'],
  modules: ['core', 'metrics'],
  assembly: [
    'core',
    'config',
    'models',
    'engine',
    'backends',
    'client',
    'policies',
    'benchmarks',
    'scorers',
    'metrics',
    'modules',
    'pacing',
    'runner',
    'store',
    'rows',
  ],
  workers: ['core', 'config', 'backends', 'pacing', 'runner', 'assembly'],
  queue: ['core', 'config', 'pacing', 'runner', 'workers', 'npm:bullmq', 'npm:ioredis', 'npm:pg'],
  watching: ['core', 'runner'],
  serve: [
    'core',
    'client',
    'wire',
    'models',
    'engine',
    'backends',
    'assembly',
    'watching',
    'npm:hono',
    'npm:@hono/node-server',
    'npm:zod',
  ],
  ttcbench: [
    'core',
    'config',
    'client',
    'backends',
    'policies',
    'benchmarks',
    'metrics',
    'modules',
    'assembly',
    'workers',
    'queue',
    'runner',
    'store',
    'rows',
    'tables',
    'dbt',
    'report',
  ],
  dash: [
    'core',
    'charts',
    'report',
    'rows',
    'store',
    'tables',
    'ttcbench',
    'npm:hono',
    'npm:@hono/node-server',
    'npm:zod',
  ],
  cli: ['*', 'npm:commander', 'npm:cli-progress', 'npm:cli-table3'],
  'index.ts': ['*'],
};
/** The main process may not pull the native engine in by way of the host: only the child does. */
const childOnly = ['host/main.ts'];

const root = resolve(import.meta.dirname, '..', 'src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts'));
const partOf = (file: string) => file.split('/')[0] as string;
const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Import specifiers of a source text, dynamic ones too. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?:from\s+|import\s+|import\()\s*'([^']+)'/g)].map((match) => match[1] as string);
}

/** Edges of one file that the table does not list. */
function forbidden(file: string, text: string): string[] {
  const part = partOf(file);
  const rules = allowed[part];
  if (!rules) return [`${part} is not in the table`];
  const isTest = file.endsWith('.test.ts');
  return importsOf(text).filter((specifier) => {
    if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return false;
    if (!specifier.startsWith('.'))
      return (
        !rules.includes(`npm:${packageOf(specifier)}`) &&
        !(isTest && ['vitest', 'fast-check', 'openai'].includes(specifier))
      );
    const target = partOf(
      relative(root, join(root, dirname(file), specifier))
        .split(sep)
        .join('/'),
    );
    return !(target === part || rules.includes('*') || rules.includes(target) || isTest);
  });
}

const isTest = (file: string) => file.endsWith('.test.ts');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
/** The file of src/ that a relative specifier names. */
const targetOf = (file: string, specifier: string) =>
  relative(root, join(root, dirname(file), specifier))
    .split(sep)
    .join('/');

/** File → the files of src/ that it imports, types included. */
type Graph = ReadonlyMap<string, readonly string[]>;
const graph: Graph = new Map(
  files
    .filter((file) => !isTest(file))
    .map((file) => [
      file,
      importsOf(textOf(file)).flatMap((name) => (name.startsWith('.') ? [targetOf(file, name)] : [])),
    ]),
);

/** Groups of files that can reach each other, each sorted (Tarjan's strongly connected components). */
function circlesOf(edges: Graph): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const found: string[][] = [];
  function visit(file: string): number {
    const place = index.size;
    index.set(file, place);
    low.set(file, place);
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      if (!index.has(next)) low.set(file, Math.min(low.get(file)!, visit(next)));
      else if (path.includes(next)) low.set(file, Math.min(low.get(file)!, index.get(next)!));
    }
    if (low.get(file) === place) {
      const group = path.splice(path.indexOf(file)).sort();
      if (group.length > 1 || edges.get(file)?.includes(file)) found.push(group);
    }
    return low.get(file)!;
  }
  for (const file of edges.keys()) if (!index.has(file)) visit(file);
  return found;
}

/** Entries of the table that no file needs. */
function unusedPermissions(table: Record<string, string[]>): string[] {
  return Object.entries(table).flatMap(([part, rules]) => {
    const used = new Set(
      files
        .filter((file) => partOf(file) === part && !isTest(file))
        .flatMap((file) =>
          importsOf(textOf(file)).map((name) =>
            name.startsWith('.') ? partOf(targetOf(file, name)) : `npm:${packageOf(name)}`,
          ),
        ),
    );
    return rules.filter((rule) => rule !== '*' && !used.has(rule)).map((rule) => `${part} → ${rule}`);
  });
}

describe('the house', () => {
  it.each(files)('%s imports only what its folder may', (file) => {
    expect(forbidden(file, readFileSync(join(root, file), 'utf8'))).toEqual([]);
  });

  it('sees a forbidden edge, an unknown package and a dynamic import', () => {
    expect(forbidden('core/x.ts', `import { a } from '../engine/engine.ts';`)).toHaveLength(1);
    expect(forbidden('stats/x.ts', `import { a } from 'lodash';`)).toHaveLength(1);
    expect(forbidden('runner/x.ts', `const m = await import('../policies/index.ts');`)).toHaveLength(1);
    expect(forbidden('engine/x.ts', `import type { Call } from '../core/call.ts'; import koffi from 'koffi';`)).toEqual(
      [],
    );
  });

  it('has no files that import each other in a circle, types included', () => {
    expect(circlesOf(graph)).toEqual([]);
  });

  it('sees a circle of two, of three, and a file that imports itself', () => {
    const edges = new Map([
      ['a', ['b']],
      ['b', ['a', 'c']],
      ['c', ['d']],
      ['d', ['e']],
      ['e', ['c']],
      ['f', ['f']],
      ['g', ['a', 'f']],
    ]);
    expect(circlesOf(edges).sort()).toEqual([['a', 'b'], ['c', 'd', 'e'], ['f']]);
  });

  it('is described in ARCHITECTURE.md as it is', () => {
    const page = readFileSync(join(root, '..', 'ARCHITECTURE.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)\/` \| .* \| (.*) \|$/gm)].map(
      ([, part, words]) => [part, words] as const,
    );
    expect(rows.map(([part]) => part).sort()).toEqual(
      Object.keys(allowed)
        .filter((part) => part !== 'index.ts')
        .sort(),
    );
    for (const [part = '', words = ''] of rows.filter(([, words]) => !words?.startsWith('all'))) {
      const folders = allowed[part]?.filter((rule) => !rule.startsWith('npm:'));
      expect(words === 'nothing' ? [] : words.split(', ').sort(), part).toEqual(folders?.sort());
    }
  });

  it('permits nothing that nobody needs', () => {
    expect(unusedPermissions(allowed)).toEqual([]);
    expect(unusedPermissions({ core: ['engine', 'npm:zod'] })).toEqual(['core → engine', 'core → npm:zod']);
  });

  it('keeps the engine out of the main process', () => {
    const reachable = files.filter((file) => ['host', 'backends'].includes(partOf(file)) && !childOnly.includes(file));
    for (const file of reachable.filter((name) => !name.endsWith('.test.ts')))
      expect(
        importsOf(readFileSync(join(root, file), 'utf8')).filter((name) => /\/(engine|policies)\//.test(name)),
      ).toEqual([]);
  });

  it('only the command line prints and exits', () => {
    for (const file of files.filter(
      (name) => !name.endsWith('.test.ts') && !['cli', 'host'].includes(partOf(name)) && name !== 'workers/main.ts',
    ))
      expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(
        /console\.\w|process\.exit\(|process\.std(out|err)\b/,
      );
  });

  it('source files stay small', () => {
    for (const file of files) {
      const lines = readFileSync(join(root, file), 'utf8').split('\n');
      const saysWhy = lines.slice(0, 6).some((line) => line.includes('Over 400 lines because'));
      if (!saysWhy) expect(lines.length, `${file}: split it, or say why at its top`).toBeLessThanOrEqual(400);
    }
  });
});
