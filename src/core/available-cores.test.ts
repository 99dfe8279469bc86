import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as os from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { availableCores } from './available-cores.ts';

vi.mock('node:os', async (original) => ({ ...(await original<typeof os>()), availableParallelism: () => 8 }));

const scratch = mkdtempSync(join(os.tmpdir(), 'ttcbench-cores-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function rootWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(scratch, 'x-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const two = (group: string, quotas: Record<string, string>) =>
  rootWith({
    'proc/self/cgroup': `0::${group}\n`,
    ...Object.fromEntries(Object.entries(quotas).map(([at, text]) => [join('sys/fs/cgroup', at, 'cpu.max'), text])),
  });
const one = (group: string, at: string, quota: string, folder = 'cpu,cpuacct') =>
  rootWith({
    'proc/self/cgroup': `5:memory:${group}\n4:cpu,cpuacct:${group}\n3:cpuset:${group}\n`,
    [`sys/fs/cgroup/${folder}${at}/cpu.cfs_quota_us`]: `${quota}\n`,
    [`sys/fs/cgroup/${folder}${at}/cpu.cfs_period_us`]: '100000\n',
  });

it.each<[string, number, string]>([
  ['no control groups', 8, rootWith({})],
  ['version 2, a container’s own group', 1, two('/', { '.': '100000 100000\n' })],
  ['version 2, no limit', 8, two('/', { '.': 'max 100000\n' })],
  ['version 2, a limit of a group above', 2, two('/a/b', { a: '200000 100000\n', 'a/b': 'max 100000\n' })],
  ['version 2, more than there are cores', 8, two('/', { '.': '1600000 100000\n' })],
  ['parts of a core', 2, two('/', { '.': '250000 100000\n' })],
  ['less than a core', 1, two('/', { '.': '50000 100000\n' })],
  ['version 1', 3, one('/docker/1', '/docker/1', '300000')],
  ['version 1, seen from within', 3, one('/docker/1', '', '300000')],
  ['version 1, the folder’s short name', 3, one('/docker/1', '', '300000', 'cpu')],
  ['version 1, no limit', 8, one('/docker/1', '/docker/1', '-1')],
])('%s: %i cores', (_, cores, root) => {
  expect(availableCores(root)).toBe(cores);
});
