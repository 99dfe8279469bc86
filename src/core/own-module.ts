/** Faults of a policy of the user's own are told from those of the backend, with the line where they happened. */
import type { Generate } from './call.ts';
import { TtcError } from './error.ts';
import type { Opened } from './policy.ts';

/** Line, and column where it is known, of the first place in a file that an error's stack names. */
export function placeIn(error: unknown, file: string): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
  for (const line of decoded(error.stack).split('\n')) {
    const start = line.indexOf(file);
    const place = start < 0 ? undefined : /^:(\d+(?::\d+)?)/.exec(line.slice(start + file.length))?.[1];
    if (place) return place;
  }
  return undefined;
}

/** Stacks name modules by URL. */
function decoded(stack: string): string {
  try {
    return decodeURI(stack);
  } catch {
    return stack;
  }
}

/** What a module threw, as E_POLICY; errors with a code of ours, and aborts, stay what they are. */
export function blamed(error: unknown, module: string): unknown {
  if (error instanceof TtcError || (error instanceof Error && error.name === 'AbortError')) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${String(error)}`;
  const place = placeIn(error, module);
  const where = `${module.split(/[/\\]/).at(-1)}${place === undefined ? '' : `:${place}`}`;
  return new TtcError('E_POLICY', `${where}: ${message}`, { cause: error });
}

/** Opens a realisation of a module; what it throws then and later is the module's fault. */
export async function openBlaming(open: () => Opened | Promise<Opened>, module: string): Promise<Opened> {
  try {
    const opened = await open();
    const dispose = opened[Symbol.asyncDispose];
    return Object.assign(blaming(opened, module), dispose && { [Symbol.asyncDispose]: dispose.bind(opened) });
  } catch (error) {
    throw blamed(error, module);
  }
}

function blaming(generate: Generate, module: string): Generate {
  return async function* (call, context) {
    try {
      yield* generate(call, context);
    } catch (error) {
      throw blamed(error, module);
    }
  };
}
