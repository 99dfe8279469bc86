// `npm run docs`: the static site of README and docs in site/. Open site/index.html, or put the folder on any server.
import { join } from 'node:path';
import { buildSite } from './docs/build-site.mjs';

const out = join(import.meta.dirname, '..', 'site');
const { pages, broken } = buildSite(out);
for (const link of broken) console.error(link);
console.log(`${pages.length} pages in ${out}`);
process.exitCode = broken.length > 0 ? 1 : 0;
