import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { systemWords, TtcError } from '../core/index.ts';

/**
 * Fills `env` with what a folder's `.env` holds; what is set already stays. A missing file is no error.
 * Returns the names that were filled in.
 */
export function loadDotEnv(folder = '.', env: NodeJS.ProcessEnv = process.env): string[] {
  const file = join(folder, '.env');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new TtcError('E_CONFIG', `${file} cannot be read: ${systemWords(error)}`, { cause: error });
  }
  const missing = Object.entries(parseEnv(text)).filter(([name]) => env[name] === undefined);
  for (const [name, value] of missing) env[name] = value;
  return missing.map(([name]) => name);
}
