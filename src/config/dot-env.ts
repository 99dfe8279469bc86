import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { didYouMean, plainText, readTextIfThere, TtcError } from '../core/index.ts';
import { environmentKeys, mayStandInDotEnv, otherVariables } from './environment-keys.ts';

/** Names that a note lists before it counts the rest: a web project's file has dozens. */
const mostNamed = 4;

export interface DotEnv {
  /** Names that were filled in. */
  taken: string[];
  /** A sentence for the user where the file holds what is not taken from it. */
  note?: string;
}

/**
 * Fills `env` with the keys and plain settings that a folder's `.env` holds. What is set already stays, and everything
 * else in the file is left out: a folder that was downloaded must not choose code or libraries that run here.
 * A missing file is no error.
 * @param named variable that the user named as the key's on the command line: it is taken whatever it is called
 * @throws E_CONFIG where the file cannot be read, or misspells a variable of ours
 */
export function loadDotEnv(folder = '.', env: NodeJS.ProcessEnv = process.env, named?: string): DotEnv {
  const file = join(folder, '.env');
  const missing = Object.entries(read(file)).filter(([name]) => env[name] === undefined);
  const isTaken = ([name]: readonly [string, unknown]) => name === named || mayStandInDotEnv(name);
  const taken = missing.filter(isTaken);
  const ignored = missing.filter((one) => !isTaken(one)).map(([name]) => name);
  for (const name of ignored) refuseMisspelt(name, file);
  for (const [name, value] of taken) env[name] = value;
  return { taken: taken.map(([name]) => name), ...(ignored.length > 0 && { note: noteOn(ignored, file) }) };
}

const read = (file: string): Record<string, string | undefined> =>
  parseEnv(readTextIfThere(file, { code: 'E_CONFIG' }) ?? '');

function refuseMisspelt(name: string, file: string): void {
  const known = [...Object.keys(environmentKeys), ...otherVariables];
  if (!name.startsWith('TTCBENCH_') || known.includes(name)) return;
  const asked = plainText(name, 80);
  throw new TtcError('E_CONFIG', `${file}: ${asked}: there is no such variable${didYouMean(name, known)}`);
}

function noteOn(ignored: readonly string[], file: string): string {
  const names = ignored.slice(0, mostNamed).map((name) => plainText(name, 80));
  const more = ignored.length > mostNamed ? ` and ${ignored.length - mostNamed} more` : '';
  return `${plainText(file)}: only API keys, tokens and plain settings are read from it; left out: ${names.join(', ')}${more}. Set them in the shell if this run needs them`;
}
