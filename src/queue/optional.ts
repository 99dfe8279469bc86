import { TtcError } from '../core/index.ts';

/** Loads optional packages. @throws E_ARGUMENT where one is not installed */
export async function optional<T>(load: () => Promise<T>, packages: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const names = packages.replaceAll(/@\S+/g, '').replaceAll(' ', ' and ');
    throw new TtcError('E_ARGUMENT', `this queue needs the packages ${names}, which are not installed`, {
      help: `npm install ${packages}`,
      cause,
    });
  }
}
