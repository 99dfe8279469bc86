/** What a session against a server records of itself at its end. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { SessionRecord } from '../src/store/manifest.ts';
import { loadConfig, startRun } from '../src/ttcbench/index.ts';
import { json, plainAnswer, startForeign } from './support/foreign-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-session-'));
process.env.TTCBENCH_CACHE = join(folder, 'cache');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('fields that the server refuses only after some trials are told, and stand in the session', async () => {
  let trials = 0;
  const server = await startForeign({
    chat(body, response) {
      if (body.max_tokens === 12 && ++trials > 3 && body.seed !== undefined)
        return json(response, 400, { error: { message: "Unsupported parameter: 'seed'", param: 'seed' } });
      plainAnswer(body, response);
    },
  });
  const flags = {
    ...{ policy: ['baseline'], benchmark: ['extract'], samples: '4', maxTokens: '12', backend: 'openai' },
    ...{ baseUrl: [server.url], out: join(folder, 'run') },
  };
  const notes: string[] = [];
  const resolved = await loadConfig({ flags, env: {}, folder });
  await startRun({ resolved, report: 'folder', onNote: (note) => notes.push(note) });
  await server.close();
  const { sessions } = JSON.parse(readFileSync(join(folder, 'run', 'run.json'), 'utf8')) as {
    sessions: SessionRecord[];
  };
  expect(sessions[0]?.adapted).toEqual(['seed dropped']);
  expect(notes.join()).toMatch(/refused fields while the run went on \(seed dropped\)/);
});
