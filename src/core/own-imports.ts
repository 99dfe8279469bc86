/** Modules of the user's own may import `ttcbench/core` wherever they lie: from an empty folder, too. */
import * as nodeModule from 'node:module';
import { holdClocks } from './clock.ts';

type Next = (specifier: string, context: { parentURL?: string | undefined }) => { url: string };
interface Hooks {
  registerHooks?(hooks: {
    resolve(specifier: string, context: { parentURL?: string | undefined }, next: Next): { url: string };
  }): unknown;
}

/** A file of this package: what cannot be found from a user's folder is looked for from here. */
const inside = import.meta.url;
const isOurs = (specifier: string) => /^ttcbench($|\/)/.test(specifier);

/** The same for Node before 22.15, which runs hooks in a thread of their own and takes them as a module. */
const threadHooks = `
  const isOurs = ${isOurs.toString()};
  let inside;
  export function initialize(data) { inside = data; }
  export async function resolve(specifier, context, next) {
    try {
      return await next(specifier, context);
    } catch (error) {
      if (!isOurs(specifier) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      return next(specifier, { ...context, parentURL: inside });
    }
  }
`;

let registered = false;

/**
 * From now on a module that imports `ttcbench` and has none installed beside it gets the one that runs. Where one can
 * be found from the module's folder, that one is taken and nothing is registered: on older versions of Node a hook
 * costs a thread.
 * @param file the module that is about to be imported, as an absolute path
 */
export function allowOwnImports(file: string): void {
  holdClocks();
  if (registered || canFind(file)) return;
  registered = true;
  const { registerHooks } = nodeModule as Hooks;
  if (registerHooks) registerHooks({ resolve: resolveInside });
  else nodeModule.register(`data:text/javascript,${encodeURIComponent(threadHooks)}`, { data: inside });
}

function canFind(file: string): boolean {
  try {
    nodeModule.createRequire(file).resolve('ttcbench');
    return true;
  } catch {
    return false;
  }
}

function resolveInside(specifier: string, context: { parentURL?: string | undefined }, next: Next): ReturnType<Next> {
  try {
    return next(specifier, context);
  } catch (error) {
    if (!isOurs(specifier) || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return next(specifier, { ...context, parentURL: inside });
  }
}
