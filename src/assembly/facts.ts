import { cpus, release, totalmem } from 'node:os';
import { processorName, version } from '../core/index.ts';

/** What times depend on besides the software. */
export function hardware(): { cpu: string; cores: number; memory_gib: number; system: string } {
  return {
    cpu: processorName(),
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch} ${release()}`,
  };
}

export const versions = (): Record<string, string> => ({ ttcbench: version, node: process.versions.node });
