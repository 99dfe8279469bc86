import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultModel } from '../models/index.ts';
import { modelsCommand } from './models.ts';
import { pullProgress } from './pull-progress.ts';

const cache = mkdtempSync(join(tmpdir(), 'ttcbench-cli-'));

beforeEach(() => vi.stubEnv('TTCBENCH_CACHE', cache));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(cache, { recursive: true, force: true });
});

/** What the command prints on standard output. */
async function output(...words: string[]): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const command = modelsCommand().configureOutput({ writeErr: () => {} });
  for (const sub of command.commands) sub.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(words, { from: 'user' });
  return log.mock.calls.map(([line]) => `${line}\n`).join('');
}

describe('ttcbench models', () => {
  it('lists without a subcommand, as a table and as JSON', async () => {
    const table = await output();
    expect(table).toMatch(/^smollm2-135m \(default\)\s+not here\s+98\.4 MB\s+Apache-2\.0/m);
    expect(table).toMatch(/^tiny8\s+built in\s+1\.8 MB\s+MIT/m);
    vi.restoreAllMocks();
    const rows = JSON.parse(await output('ls', '--json'));
    expect(rows.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      [defaultModel, 'missing'],
      ['tiny8', 'whole'],
      ['minilm', 'missing'],
    ]);
  });

  it('shows how much of a broken download is here', async () => {
    mkdirSync(join(cache, 'models'), { recursive: true });
    writeFileSync(join(cache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf.part'), Buffer.alloc(49_200_000));
    expect(await output('ls')).toContain('50 % here');
  });

  it('pulls what comes with ttcbench without touching anything', async () => {
    expect(await output('pull', 'tiny8')).toMatch(/^tiny8 is here: .*tiny8-Q8_0\.gguf \(1\.8 MB, verified\)\n$/);
  });

  it('removes, also what is not there', async () => {
    mkdirSync(join(cache, 'models'), { recursive: true });
    writeFileSync(join(cache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'), Buffer.alloc(2_000_000));
    expect(await output('rm', defaultModel)).toBe('smollm2-135m removed, 2.0 MB free\n');
    vi.restoreAllMocks();
    expect(JSON.parse(await output('rm', defaultModel, '--json'))).toEqual({ name: defaultModel, bytes: 0 });
  });

  it('leaves errors to its caller', async () => {
    await expect(output('rm', 'smollm')).rejects.toMatchObject({ code: 'E_MODEL' });
    await expect(output('rm')).rejects.toMatchObject({ code: 'commander.missingArgument' });
    await expect(output('ls', '--jsno')).rejects.toMatchObject({ code: 'commander.unknownOption' });
  });
});

describe('progress of a download', () => {
  function streamOf(isTTY: boolean) {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    });
    return { written, stream: Object.assign(stream, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream };
  }

  it('is at most one line per 10 % and source where there is no terminal', () => {
    const { written, stream } = streamOf(false);
    const progress = pullProgress(stream);
    for (let bytes = 0; bytes <= 1000; bytes++) progress.onProgress({ bytes: bytes * 1000, total: 1e6, source: 'a' });
    progress.onNote('a failed');
    progress.onProgress({ bytes: 0, total: 1e6, source: 'b' });
    progress.stop();
    expect(written).toHaveLength(13);
    expect(written[5]).toBe('50 % of 1.0 MB from a\n');
    expect(written.slice(-2)).toEqual(['a failed\n', '0 % of 1.0 MB from b\n']);
  });

  it('is a bar on a terminal, which says where from', () => {
    const { written, stream } = streamOf(true);
    const progress = pullProgress(stream);
    progress.onProgress({ bytes: 0, total: 1e6, source: 'a' });
    progress.onProgress({ bytes: 1e6, total: 1e6, source: 'a' });
    progress.stop();
    expect(written.join('')).toContain('from a');
    expect(written.join('')).toContain('100 %');
  });
});
