/** Timeouts of the phases of a call, as a user sets them: the built program against a server that falls silent. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Trial } from '../src/core/index.ts';
import { type FaultName, type Simulator, startSimulator } from '../src/gateway/index.ts';
import { openCommandLine } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-timeouts-'));
let server: Simulator;
beforeAll(async () => {
  server = await startSimulator({});
  // Capabilities are asked of a healthy server, once, and kept.
  expect((await ttcbench(server.url, '--out', 'calm')).code).toBe(0);
});
afterAll(async () => {
  await typed[Symbol.asyncDispose]();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const typed = openCommandLine(folder, { GROQ_API_KEY: 'gsk_simulated_key_of_nobody' });
function ttcbench(url: string, ...words: string[]) {
  const where = ['--backend', 'groq', '--base-url', url, '--policy', 'baseline', '--benchmark', 'extract'];
  return typed(['run', ...where, '--samples', '1', '--max-tokens', '12', ...words]);
}

it.each<[FaultName, string, string]>([
  ['stall', 'gap_timeout', 'stalled'],
  ['no-first-token', 'first_token_timeout', 'first_token_timeout'],
])('%s ends by %s, long before the trial’s own timeout', async (name, key, ending) => {
  server.setFaults([{ name, share: 1, at: 3 }]);
  writeFileSync(join(folder, `${name}.yaml`), `timeout: 30\ngroq:\n  ${key}: 0.3\n`);
  const { code } = await ttcbench(server.url, '--config', `${name}.yaml`, '--out', name);
  expect(code).toBe(3);
  const lines = readFileSync(join(folder, name, 'journal-main.jsonl'), 'utf8')
    .trim()
    .split('\n');
  for (const { error, counters } of lines.map((line) => JSON.parse(line) as Trial)) {
    expect([error?.code, counters.calls.map((call) => call.ending)]).toEqual(['E_CALL_TIMEOUT', [ending]]);
    expect(counters.calls[0]?.end).toBeGreaterThanOrEqual(300);
  }
});

it('connect_timeout ends a connection that is never ready', async () => {
  // It takes the connection and never answers the handshake of TLS.
  const silent = createServer((socket) => void socket.resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const { code, err } = await ttcbench(`https://127.0.0.1:${port}/v1`, '--set', 'connect_timeout=0.3', '--out', 'tls');
  expect([code, err]).toEqual([1, expect.stringMatching(/^E_CONNECT: .*\(.*timeout: 300ms\)/)]);
  await new Promise((resolve) => silent.close(resolve));
});
