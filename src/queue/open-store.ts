import { TtcError } from '../core/index.ts';
import type { Store } from './store.ts';

/** Milliseconds within which the store has to answer at the start. */
const patience = 5000;

/** A URL without its login, for messages. */
export const shownUrl = (url: string): string => url.replace(/\/\/[^/]*@/, '//').replace(/\?.*$/, '');

/** @throws E_ARGUMENT where the packages are not installed; E_CONNECT where the store does not answer */
export async function openStore(url: string): Promise<Store> {
  const name = shownUrl(url);
  if (/^rediss?:\/\//.test(url)) {
    const { connectRedis } = await import('./redis-store.ts');
    return answering(name, (late) => connectRedis(url, late), 'start Redis or Valkey there, or check the URL');
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { connectPostgres } = await import('./postgres-store.ts');
    return answering(
      name,
      (late) => connectPostgres(url, late),
      'start Postgres there, or check the URL and its database',
    );
  }
  throw new TtcError('E_ARGUMENT', `queue ${name}: it begins with none of redis://, rediss:// and postgres://`);
}

/** The store, if it answers in time. The signal tells a connection that is late to give up. */
async function answering(name: string, connect: (late: AbortSignal) => Promise<Store>, help: string): Promise<Store> {
  const late = AbortSignal.timeout(patience);
  try {
    return await connect(late);
  } catch (error) {
    if (error instanceof TtcError) throw error;
    const cause = (error as Error).message || String((error as { code?: unknown }).code ?? 'no answer');
    throw new TtcError('E_CONNECT', `the store ${name} does not answer: ${cause.replaceAll(/\/\/[^/\s]*@/g, '//')}`, {
      help,
    });
  }
}
