// `npm run docs:api`: writes docs/api.md from the declarations of the build.
import { writeFileSync } from 'node:fs';
import { apiPage } from './docs/api-page.mjs';

writeFileSync(new URL('../docs/api.md', import.meta.url), apiPage());
