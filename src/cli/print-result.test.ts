import { afterEach, describe, expect, it, vi } from 'vitest';
import { printResult } from './print-result.ts';

afterEach(() => vi.restoreAllMocks());

describe('printResult', () => {
  const said = async (folder: string, status: 'complete' | 'interrupted' | 'stopped') => {
    const lines: string[] = [];
    vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
    await printResult({ folder, status, doubts: [], exitCode: 0 }, {});
    return lines.join('\n');
  };

  it('names the folder with which a run goes on, for a demo makes a new one each time', async () => {
    expect(await said('runs/demo-20261102-100000', 'interrupted')).toContain(' --out runs/demo-20261102-100000 ');
    expect(await said('my runs/one', 'stopped')).toContain(' --out "my runs/one" ');
    expect(await said('runs/one', 'complete')).not.toContain('--out');
  });
});
