import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadPolicy } from './own-policy.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-own-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const params = "params: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } }";
let count = 0;
function refusal(body: string): Promise<unknown> {
  const file = join(folder, `${++count}.mjs`);
  writeFileSync(file, `export default { name: 'mine', version: 1, ${params}, ${body} };`);
  return loadPolicy(file).catch((error) => error);
}
const open = 'fidelity: () => "lossy", standsFor: "x", open: () => async function* () {}';

it('takes a module of either half', async () => {
  expect(await refusal(`engine: { ${open} }`)).toMatchObject({ name: 'mine' });
  expect(await refusal(`client: { ${open}, alters: [], needs: () => [], cannot: 'y' }`)).toMatchObject({
    name: 'mine',
  });
});

it.each([
  ['no half', 'variants: {}', 'neither engine.open nor client.open'],
  [
    'no fidelity',
    'engine: { open() {} }',
    "engine.fidelity must be a function of the parameters, such as () => 'lossy'",
  ],
  [
    'the needs of an older shape, a list',
    `client: { ${open}, alters: [], needs: ['prefill'], cannot: 'y' }`,
    "client.needs must be a function of the parameters, such as () => ['prefill']",
  ],
  ['changes that are not listed', `client: { ${open}, needs: () => [], cannot: 'y' }`, 'client.alters must list'],
  ['no word on what it cannot do', `client: { ${open}, alters: [], needs: () => [] }`, 'client.cannot must say'],
])('refuses %s, and says what to write', async (_, body, words) => {
  expect(await refusal(body)).toMatchObject({ code: 'E_POLICY', message: expect.stringContaining(words) });
});
