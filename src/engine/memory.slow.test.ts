import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tiny8 } from '../../test/agreement/bench.ts';

const script = fileURLToPath(new URL('../../test/agreement/requests.mjs', import.meta.url));

describe('memory', () => {
  it('grows by at most 16 MiB from the 20th request to the 100th', () => {
    const child = spawnSync(process.execPath, ['--expose-gc', script, tiny8, '100', '8'], { encoding: 'utf8' });
    expect(child.stderr).toBe('');
    const resident: number[] = JSON.parse(child.stdout);
    expect(resident).toHaveLength(100);
    expect((resident[99] as number) - (resident[19] as number)).toBeLessThanOrEqual(16 * 2 ** 20);
  });
});
