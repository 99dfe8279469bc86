import { afterEach, describe, expect, it, vi } from 'vitest';
import { failedLines } from './failed-lines.ts';
import { printResult } from './print-result.ts';

afterEach(() => vi.restoreAllMocks());

describe('printResult', () => {
  type Status = 'complete' | 'interrupted' | 'stopped';
  const said = async (folder: string, status: Status, exitCode: 0 | 3 | 130 = 0, again?: string) => {
    const lines: string[] = [];
    vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
    await printResult({ folder, status, doubts: [], unwritten: [], exitCode }, {}, again);
    return lines.join('\n');
  };

  it('names the folder with which a run goes on, for a demo makes a new one each time', async () => {
    expect(await said('runs/demo-20261102-100000', 'interrupted')).toContain(' --out runs/demo-20261102-100000 ');
    expect(await said('my runs/one', 'stopped')).toContain(' --out "my runs/one" ');
    expect(await said('runs/one', 'complete')).not.toContain('--out');
  });

  it('names the command that goes on with a demo', async () => {
    const words = await said('runs/demo-1', 'interrupted', 130, 'npm run demo -- --all');
    expect(words).toContain('The run is not complete. npm run demo -- --all goes on with it.');
  });

  it('says how failed trials of a finished run are played again', async () => {
    expect(await said('runs/one', 'complete', 3)).toContain(
      'The same command with --out runs/one --retry-failed plays',
    );
    const failures = (...codes: string[]) => [
      { failures: codes.map((code) => ({ status: 'failed' as const, code, message: 'm', count: 2 })) },
    ];
    expect(failedLines('runs/one', failures('E_TIMEOUT', 'E_CONTEXT'))).toEqual([
      'Trials failed (2 E_TIMEOUT). The same command with --out runs/one --retry-failed plays them again.',
      'Trials failed that would fail again (2 E_CONTEXT): shorten the prompts, lower --max-tokens or raise kv_slots.',
    ]);
    expect(failedLines('runs/one', failures('E_CONTEXT')).join()).not.toContain('--retry-failed');
    expect(failedLines('runs/one', failures())).toEqual([]);
    expect(await said('runs/one', 'complete', 0)).not.toContain('--retry-failed');
    expect(await said('runs/one', 'interrupted', 130)).not.toContain('--retry-failed');
  });
});
