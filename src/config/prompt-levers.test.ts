import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { everything } from '../../test/support/registries.ts';
import { builtBenchmarks } from '../benchmarks/index.ts';
import { loadConfig } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-levers-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function load(yaml: string, set: string[] = []) {
  const config = file('config.yaml', `policies: [baseline]\n${yaml}`);
  const resolved = await loadConfig({
    flags: { config, set },
    env: {},
    folder,
    registries: { ...everything, builtBenchmarks },
  });
  return resolved.config.benchmarks;
}
const leversOf = async (yaml: string, set?: string[]) => (await load(yaml, set)).map(({ levers }) => levers);

it('says nothing where nothing is changed', async () => {
  expect(await load('benchmarks: { extract: { timeout: 3 } }')).toEqual([
    { name: 'extract', samples: 50, timeout: 3, options: {} },
  ]);
});

it('holds for all benchmarks, unless a section says otherwise', async () => {
  const yaml = `
stop: '!'
prompt_template: "Q: {prompt}"
benchmarks:
  extract:
  tiny-crm: { stop: [], shots: [{ prompt: a, reference: b }], system_prompt: Be brief. }`;
  expect(await leversOf(yaml)).toEqual([
    { template: 'Q: {prompt}', stop: ['!'] },
    { template: 'Q: {prompt}', stop: [], shots: [{ prompt: 'a', reference: 'b' }], system: 'Be brief.' },
  ]);
  expect(await leversOf(yaml, ['stop=["#"]'])).toMatchObject([{ stop: ['#'] }, { stop: ['#'] }]);
});

it('reads examples from a file of samples into the configuration', async () => {
  const path = file(
    'shots.jsonl',
    '{"id": 1, "prompt": "a", "reference": "b", "family": "c"}\n\n{"prompt":"d","reference":"e"}\n',
  );
  expect(await leversOf(`benchmarks: { extract: { shots: ${path} } }`)).toEqual([
    {
      shots: [
        { prompt: 'a', reference: 'b' },
        { prompt: 'd', reference: 'e' },
      ],
    },
  ]);
  const broken = file('broken.jsonl', '{"prompt": "a", "reference": "b"}\n{"prompt": 5}\n');
  await expect(leversOf(`shots: ${broken}`)).rejects.toMatchObject({
    code: 'E_DATA',
    message: expect.stringMatching(/broken\.jsonl, line 2: no example/),
  });
  await expect(leversOf(`shots: ${file('empty.jsonl', '')}`)).rejects.toMatchObject({ code: 'E_DATA' });
  await expect(leversOf(`shots: ${join(folder, 'none.jsonl')}`)).rejects.toMatchObject({ code: 'E_DATA' });
});

it('counts for the one that runs in place of another, and leaves WorfBench its own option', async () => {
  expect(await leversOf('benchmarks: { worfbench: { shots: 2 } }')).toEqual([{ shots: 2 }]);
  const official = (shots: string) => load(`benchmarks: { worfbench: { data: ${folder}, shots: ${shots}, stop: x } }`);
  expect(await official('0')).toMatchObject([{ options: { shots: 0 }, levers: { stop: ['x'] } }]);
  expect(await official('[{ prompt: a, reference: b }]')).toMatchObject([
    { options: { shots: 0 }, levers: { stop: ['x'], shots: [{ prompt: 'a', reference: 'b' }] } },
  ]);
  await expect(official('1')).rejects.toMatchObject({ code: 'E_BENCHMARK' });
});

it.each([
  ['prompt_template: hello', /prompt_template.*with \{prompt\} in it/],
  ['shots: -1', /shots.*whole number from 0 to 64/],
  ['shots: examples.txt', /shots.*\.jsonl/],
  ['shots: [{ prompt: a }]', /shots.*prompt and reference/],
  ['stop: [""]', /stop.*list of up to 16/],
  ['system_prompt: ""', /system_prompt.*a text/],
  ['benchmarks: { extract: { prompt_templat: "{prompt}" } }', /prompt_templat.*prompt_template/],
])('refuses %s', async (yaml, message) => {
  await expect(load(yaml)).rejects.toMatchObject({ message: expect.stringMatching(message) });
});
