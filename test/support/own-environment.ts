/** Test files share a process: none of them sees the variables and the working folder that another one set. */
import { afterAll } from 'vitest';

const variables = { ...process.env };
const folder = process.cwd();

afterAll(() => {
  process.chdir(folder);
  for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
  Object.assign(process.env, variables);
});
