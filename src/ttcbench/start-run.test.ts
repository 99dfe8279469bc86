import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { registries } from '../assembly/registries.ts';
import { loadConfig } from '../config/index.ts';
import { startSimulator } from '../gateway/index.ts';
import { startRun } from './start-run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-start-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
afterEach(() => void vi.unstubAllEnvs());

it('refuses a limit on a cost that is not known before there is a run folder', async () => {
  vi.stubEnv('TTCBENCH_CACHE', join(scratch, 'cache'));
  const server = await startSimulator({ ttft: 1, tpot: 0.1, models: ['without-a-price'] });
  onTestFinished(server.close);
  const where = { backend: 'openai', baseUrl: [server.url], benchmark: ['extract'], policy: ['baseline'] };
  const flags = { ...where, samples: '1', maxTokens: '4', maxCost: '1' };
  const resolved = await loadConfig({ flags, registries, env: {}, folder: scratch });
  const { signal } = new AbortController();
  const onStart = vi.fn();
  const folderOf = (id: string) => join(scratch, 'runs', id);
  const running = startRun({ resolved, command: '', signal, report: 'folder', folderOf, onStart });
  await expect(running).rejects.toMatchObject({ code: 'E_ARGUMENT', message: expect.stringMatching(/--max-cost/) });
  expect(onStart).not.toHaveBeenCalled();
  expect(existsSync(join(scratch, 'runs'))).toBe(false);
});
