/** What the system calls this machine's processor. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Linux tells more than the name, under which several generations may go. */
function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/**
 * Name, family and model of the processor, such as `AMD EPYC, family 25 model 17` for a Zen 4; the name alone where the
 * system says no more.
 */
export function processorName(cpuInfo = readCpuInfo(), name = cpus()[0]?.model): string {
  const field = (key: string) => cpuInfo.match(new RegExp(`^${key}\\s*:\\s*(\\d+)$`, 'm'))?.[1];
  const [family, model] = [field('cpu family'), field('model')];
  const known = (name ?? '').replaceAll(/[^\x20-\x7e]/g, '').trim() || 'unknown';
  return family && model ? `${known}, family ${family} model ${model}` : known;
}
