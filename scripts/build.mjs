// Compiles src/ to dist/ and bundles web/, the page of the dashboard, unless dist/ is newer than every source: a demo should not wait for a build it has.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const stamp = join(root, 'dist', '.built');
const newest = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true }).map(
      (entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs,
    ),
  );
const sources = Math.max(
  newest(join(root, 'src')),
  newest(join(root, 'web')),
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => statSync(join(root, name)).mtimeMs),
);
if (existsSync(stamp) && statSync(stamp).mtimeMs > sources && !process.argv.includes('--force')) process.exit(0);

const started = new Date();
const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const project of ['tsconfig.build.json', join('web', 'tsconfig.json')]) {
  const { status } = spawnSync(process.execPath, [join(compiler, '..', 'bin', 'tsc'), '-p', project], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
await build({
  ...{ entryPoints: [join(root, 'web', 'dash.ts')], outdir: join(root, 'dist', 'dash', 'page'), logLevel: 'warning' },
  // What draws charts is a chunk of its own: it is fetched when there is something to draw.
  ...{ bundle: true, splitting: true, minify: true, format: 'esm', target: 'es2022' },
});
writeFileSync(stamp, '');
utimesSync(stamp, started, started);
