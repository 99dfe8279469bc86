/** Loads a module of the user's own: a policy, metrics. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { allowOwnImports, didYouMeanFile, placeIn, TtcError } from '../core/index.ts';
import { probeModule } from './probe-module.ts';

/**
 * @param flag how errors call its place
 * @throws TtcError E_ARGUMENT where it is missing, has a syntax error or throws, with the line where that is known; where
 *   its import ends the process or does not come to an end
 */
export async function loadModule(path: string, flag: string): Promise<Record<string, unknown>> {
  const file = resolve(path);
  if (!existsSync(file))
    throw new TtcError('E_ARGUMENT', `${flag} ${path}: there is no such file${didYouMeanFile(path)}`, {
      help: 'name a JavaScript module; its path is relative to the working directory',
    });
  if (!/\.[cm]?[jt]s$/i.test(file))
    throw new TtcError('E_ARGUMENT', `${flag} ${path} is no JavaScript module`, {
      help: 'Node runs .mjs, .js and, from version 22.18 on, .ts, in small letters: rename the file',
    });
  await tried(file, `${flag} ${path}`);
  allowOwnImports(file);
  try {
    return await withoutPrinting(() => import(pathToFileURL(file).href));
  } catch (cause) {
    const { message } = cause instanceof Error ? cause : { message: String(cause) };
    const place = cause instanceof SyntaxError ? lineOfSyntax(file) : placeIn(cause, file);
    const where = place === undefined ? '' : ` (${basename(file)}:${place})`;
    throw new TtcError('E_ARGUMENT', `${flag} ${path}: ${message.split('\n')[0]}${where}`, {
      cause,
      help: isUnknownKind(cause)
        ? 'Node runs .mjs, .js and, from version 22.18 on, .ts, in small letters: rename the file'
        : `node ${path} shows the whole error`,
    });
  }
}

/** Each module is tried once, however often it is loaded: an import is evaluated once, too. */
const probes = new Map<string, Promise<void>>();

function tried(file: string, who: string): Promise<void> {
  const known = probes.get(file);
  if (known) return known;
  const probe = probeModule(file, who).then(({ printed }) => {
    if (printed !== '') process.emitWarning(`${who} printed while it was imported: ${printed}`);
  });
  probes.set(file, probe);
  return probe;
}

/** Standard output is for results: JSON that a module has printed into is none. */
async function withoutPrinting<T>(load: () => Promise<T>): Promise<T> {
  const { stdout } = process;
  const { write } = stdout;
  stdout.write = (() => true) as typeof write;
  try {
    return await load();
  } finally {
    stdout.write = write;
  }
}

const isUnknownKind = (cause: unknown) =>
  (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_UNKNOWN_FILE_EXTENSION';

/** `import()` does not say where a module could not be parsed; Node itself does. */
function lineOfSyntax(file: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  return /:(\d+)\s*$/.exec(stderr.split('\n')[0] ?? '')?.[1];
}
