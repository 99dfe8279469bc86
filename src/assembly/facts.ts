import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

export const version: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;

/** What times depend on besides the software. */
export function hardware(): { cpu: string; cores: number; memory_gib: number; system: string } {
  const cores = cpus();
  return {
    cpu: (cores[0]?.model ?? 'unknown').trim(),
    cores: cores.length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch} ${release()}`,
  };
}

export const versions = (): Record<string, string> => ({ ttcbench: version, node: process.versions.node });
