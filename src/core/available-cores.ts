import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Cores that this process may use, at least 1. Node counts those of its affinity mask; a container is often bounded by
 * a quota of CPU time in place of it, which stands in its control group (Linux, versions 1 and 2).
 * @param root where the system's files begin
 */
export function availableCores(root = '/'): number {
  const quotas = groupsOf(root).flatMap(({ place, group }) => upwards(group).flatMap((at) => quotaIn(join(place, at))));
  return quotas.reduce((least, quota) => Math.min(least, Math.max(1, Math.floor(quota))), availableParallelism());
}

/** Control groups of this process that may bound its CPU time, and where their folders hang. */
function groupsOf(root: string): { place: string; group: string }[] {
  const mounts = join(root, 'sys/fs/cgroup');
  const lines = read(join(root, 'proc/self/cgroup')).split('\n');
  return lines.flatMap((line) => {
    const [, controllers, group = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === '') return [{ place: mounts, group }];
    // Not every system's folder has the controllers in the order of this file; `cpu` then links to it.
    const names = controllers?.split(',').includes('cpu') ? [controllers, 'cpu'] : [];
    return names.map((name) => ({ place: join(mounts, name), group }));
  });
}

/** A quota of a group binds those below it. What a container cannot see of the path is not there: its own is the top. */
const upwards = (group: string): string[] => (group === '/' ? ['/'] : [group, ...upwards(dirname(group))]);

/** Cores; none where time is unlimited. */
function quotaIn(folder: string): number[] {
  const [quota, period] = read(join(folder, 'cpu.max'))
    .concat(read(join(folder, 'cpu.cfs_quota_us')), ' ', read(join(folder, 'cpu.cfs_period_us')))
    .trim()
    .split(/\s+/)
    .map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? [quota / period] : [];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
