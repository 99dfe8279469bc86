/** Every text that people write is read by one rule: UTF-8, a byte order mark or none; anything else is named. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registries } from '../src/assembly/registries.ts';
import { openReplayBackend } from '../src/backends/replay.ts';
import { loadDotEnv } from '../src/config/dot-env.ts';
import { readLayer } from '../src/config/read-yaml.ts';
import type { TtcError } from '../src/core/index.ts';
import { readToolScript } from '../src/gateway/tool-script.ts';
import { readJobs } from '../src/store/jobs-file.ts';
import { readManifest } from '../src/store/manifest.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-encodings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job = {
  ...{ key: 'k', sample: 'é', block: 'b', repeat: 0, seed: 1, params: {} },
  cell: { benchmark: 'x', policy_name: 'p', backend: 'b', model: 'm', realisation: 'engine', fidelity: 'exact' },
};
const about = { schema: 1, backend: 'openai', model: 'é', provider: 'generic', capabilities: [], identity: 'i' };
const manifest = { schema: 1, id: 'é', created_at: '', config: {}, sessions: [], checks: {} };

/** Reader, a text for it, and what it makes of it. */
const readers: [string, string, (path: string) => unknown, unknown][] = [
  ['a configuration', 'model: é\n', async (path) => (await readLayer(path, registries)).document.model, 'é'],
  ['a .env', 'HF_TOKEN=é\n', (path) => envOf(path), 'é'],
  ['a file of jobs', `${JSON.stringify(job)}\n`, (path) => readJobs(path)[0]?.sample, 'é'],
  ['a manifest', JSON.stringify(manifest), (path) => readManifest(path)?.id, 'é'],
  ['a recording', `${JSON.stringify(about)}\n`, (path) => modelOf(path), 'é'],
  ['a script of tools', '{"turn": 0, "say": "é"}\n', (path) => readToolScript(path)[0]?.say, 'é'],
];

function envOf(path: string) {
  const env: NodeJS.ProcessEnv = {};
  loadDotEnv(join(path, '..'), env);
  return env.HF_TOKEN;
}

async function modelOf(path: string) {
  await using backend = await openReplayBackend({ cassette: path });
  return backend.model;
}

describe.each(readers)('%s', (_, text, read, value) => {
  const reading = async (bytes: Buffer) => {
    const path = join(mkdtempSync(join(folder, 'x-')), '.env');
    writeFileSync(path, bytes);
    return read(path);
  };
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-8 with line ends of Windows', Buffer.from(text.replaceAll('\n', '\r\n'))],
  ])('is read in %s', async (__, bytes) => {
    expect(await reading(bytes)).toBe(value);
  });
  it.each([
    ['UTF-16LE, as PowerShell writes it', Buffer.from(`\uFEFF${text}`, 'utf16le'), /UTF-16LE, not UTF-8/],
    ['latin-1', Buffer.from(text, 'latin1'), /0xe9 is not UTF-8|probably/],
  ])('in %s is refused, and told what it is', async (__, bytes, words) => {
    const refused = (await reading(bytes).catch((error) => error)) as TtcError;
    expect(refused.code).toMatch(/^E_(CONFIG|DATA|JOURNAL)$/);
    expect(refused.message).toMatch(words);
    expect(refused.help).toMatch(/iconv/);
  });
});
