/** Where a key comes from, and what a key can be. */
import { TtcError } from '../core/index.ts';
import type { Provider } from './providers.ts';

export interface KeyOptions {
  provider: Provider;
  /** Variable the user named, or the backend's usual one. */
  variable: string | null;
  /** The backend's usual variable: given up where the provider has its own, so that no key goes to a stranger. */
  usual: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Whether the server is known to want a key. */
  required: boolean;
}

/** Errors: `E_API_KEY`, which names the variable and never the key. */
export function findApiKey({ provider, variable, usual, environment, required }: KeyOptions): string | undefined {
  const own = provider.keyEnv ?? usual;
  const name = variable === null || variable === usual ? own : variable;
  const key = environment[name]?.trim();
  if (key === undefined || key === '') {
    if (!required) return undefined;
    throw new TtcError('E_API_KEY', `${provider.name} needs an API key, and ${name} is not set`, {
      help: `put ${name}=… into the environment or a .env file, or name another variable with --api-key-env`,
    });
  }
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new TtcError('E_API_KEY', `the value of ${name} holds characters that no key has`, {
      help: 'a key is one word of plain characters: was it copied with quotes or line breaks?',
    });
  return key;
}
