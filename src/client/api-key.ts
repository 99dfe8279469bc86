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

/** The variable that is read. */
export const keyVariable = ({
  provider,
  variable,
  usual,
}: Pick<KeyOptions, 'provider' | 'variable' | 'usual'>): string =>
  variable === null || variable === usual ? (provider.keyEnv ?? usual) : variable;

/** Errors: `E_API_KEY`, which names the variable and never the key. */
export function findApiKey(options: KeyOptions): string | undefined {
  const { provider, environment, required } = options;
  const name = keyVariable(options);
  // Some readers of .env files leave the quotes: no key has them, and a server would say the key back without them.
  const key = environment[name]
    ?.trim()
    .replace(/^(["'`])(.*)\1$/s, '$2')
    .trim();
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

/** What a server's refusal meant: a key that was never sent is mended elsewhere than one that is wrong. */
export function keyRefused(error: TtcError, { name, key, login }: { name: string; key?: string; login?: string }) {
  // 403: the key is known, and may not do this.
  if (key && !error.message.includes(' answered 401:')) return error;
  const [why, help] = key
    ? [`the key of ${name} was refused`, `check the value of ${name}, and whether it is a key of this server`]
    : [
        `${login ? 'the login of the base URL was refused and ' : ''}no key was sent: ${name} is not set`,
        `put ${name}=… into the environment or a .env file, or name another variable with --api-key-env`,
      ];
  return new TtcError('E_API_KEY', `${why}; ${error.message}`, { help, cause: error });
}
