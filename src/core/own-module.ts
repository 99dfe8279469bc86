/** Faults of a policy of the user's own are told from those of the backend, with the line where they happened. */
import type { Generate } from './call.ts';
import { TtcError } from './error.ts';
import { checkedParts } from './part-stamps.ts';
import { plainText } from './plain-text.ts';
import type { Opened } from './policy.ts';
import { enterUserCode } from './user-code.ts';
import { type ModuleWatch, watchModule } from './watch-module.ts';

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

/**
 * Opens a realisation of a module; what it throws then and later is the module's fault. It is opened with a watch, and
 * held to what the watch sees.
 */
export async function openBlaming(
  open: (watch: ModuleWatch) => Opened | Promise<Opened>,
  module: string,
): Promise<Opened> {
  const watch = watchModule(nameOf(module));
  try {
    const opened = await open(watch);
    const dispose = opened[Symbol.asyncDispose];
    const held = watch.realisation(blaming(opened, module));
    return Object.assign(held, dispose && { [Symbol.asyncDispose]: dispose.bind(opened) });
  } catch (error) {
    throw blamed(error, module);
  }
}

/**
 * What arrives in this process of a module that runs in another one, checked against the clock here: there the module
 * could have changed the clock itself.
 */
export function readWarily(generate: Generate, module: string): Generate {
  // A message may wait while this process is busy: only what no pause explains is a fault.
  const rules = { mostLate: (after: number) => 1000 + after / 2 };
  return (call, context) => checkedParts(() => generate(call, context), nameOf(module), rules);
}

const nameOf = (module: string) => plainText(module.split(/[/\\]/).at(-1) ?? module, 80);

function blaming(generate: Generate, module: string): Generate {
  return async function* (call, context) {
    const leave = enterUserCode(`the policy ${nameOf(module)}`);
    try {
      yield* generate(call, context);
    } catch (error) {
      throw blamed(error, module);
    } finally {
      leave();
    }
  };
}
