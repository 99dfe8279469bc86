/** Finds ggml's prebuilt libraries and picks the CPU variant that suits this machine best. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi, { type LibraryHandle } from 'koffi';
import { TtcError } from '../core/index.ts';

export interface Libraries {
  base: LibraryHandle;
  cpu: LibraryHandle;
  /** File name of the CPU library, without prefix and ending: `ggml-cpu-haswell`. */
  variant: string;
  /** Version of the package the libraries came with. */
  version: string;
}

const systems: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'mac', win32: 'win' };

function packageName(): string {
  const system = systems[process.platform] ?? process.platform;
  const metal = process.platform === 'darwin' && process.arch === 'arm64' ? '-metal' : '';
  return `${system}-${process.arch}${metal}`;
}

/** Folder with the libraries: `TTCBENCH_GGML_DIR`, else the optional dependency of this platform. */
function findFolder(): { folder: string; version: string } {
  const own = process.env.TTCBENCH_GGML_DIR;
  if (own) return { folder: own, version: 'own' };
  const name = packageName();
  try {
    const entry = createRequire(import.meta.url).resolve(`@node-llama-cpp/${name}`);
    const root = join(dirname(entry), '..');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return { folder: join(root, 'bins', name), version };
  } catch (cause) {
    throw new TtcError('E_LIBRARY', `the package @node-llama-cpp/${name} with ggml's libraries is not installed`, {
      help: 'run npm install without --omit=optional; Linux, macOS and Windows on x64 and arm64 are supported',
      cause,
    });
  }
}

function load(path: string): LibraryHandle {
  try {
    return koffi.load(path);
  } catch (cause) {
    const help = adviceFor('the prebuilt libraries need glibc 2.31 or newer on Linux');
    throw new TtcError('E_LIBRARY', `${path} cannot be loaded: ${(cause as Error).message}`, { help, cause });
  }
}

/** Nothing that is installed mends a folder that the user named. */
function adviceFor(installed: string): string {
  if (!process.env.TTCBENCH_GGML_DIR) return installed;
  return "TTCBENCH_GGML_DIR names this folder: correct it to one with ggml's libraries for this system, or unset it to take those of the package";
}

/** Names of the variants in a folder, for `TTCBENCH_GGML_CPU`. */
const variantsIn = (files: readonly string[]) =>
  files.flatMap((file) => /^(?:lib)?ggml-cpu-(.*)\.(?:so|dylib|dll)$/.exec(file)?.[1] ?? []).join(', ');

/** What the library itself says about its fit to this processor; 0 = does not run here. */
function score(library: LibraryHandle): number {
  try {
    return library.func('int ggml_backend_score()')();
  } catch {
    return 1; // platforms with a single variant do not export it
  }
}

/**
 * Loads ggml-base and the CPU variant with the highest score. `TTCBENCH_GGML_CPU=haswell` forces a variant.
 * @param scoreOf a variant's fit to this processor, 0 where it does not run; tests give their own
 * @throws E_LIBRARY with what was looked for and where
 */
export function loadLibraries(scoreOf: (library: LibraryHandle, file: string) => number = score): Libraries {
  const { folder, version } = findFolder();
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch (cause) {
    const help = adviceFor('npm install without --omit=optional fetches it again');
    throw new TtcError('E_LIBRARY', `no folder ${folder}`, { help, cause });
  }
  const baseFile = files.find((file) => /^(lib)?ggml-base\.(so|dylib|dll)$/.test(file));
  if (!baseFile) {
    const help = adviceFor('npm install without --omit=optional fetches it again');
    throw new TtcError('E_LIBRARY', `no ggml-base library in ${folder}`, { help });
  }
  const base = load(join(folder, baseFile));

  const forced = process.env.TTCBENCH_GGML_CPU;
  const candidates = files
    .filter((file) => /^(lib)?ggml-cpu(-.*)?\.(so|dylib|dll)$/.test(file))
    .filter((file) => !forced || file.includes(`ggml-cpu-${forced}.`))
    .map((file) => ({ file, library: load(join(folder, file)) }))
    .map((candidate) => ({ ...candidate, score: scoreOf(candidate.library, candidate.file) }))
    .sort((a, b) => b.score - a.score);
  const best = candidates[0];
  if (!best || best.score === 0) {
    const seen = candidates.map(({ file }) => file).join(', ') || 'none';
    const help = forced
      ? `TTCBENCH_GGML_CPU=${forced} allows no other: unset it, or take one of ${variantsIn(files) || 'none'}`
      : adviceFor(
          'these libraries are for another processor: build ggml here and name its folder in TTCBENCH_GGML_DIR',
        );
    throw new TtcError('E_LIBRARY', `no ggml CPU library in ${folder} runs on this processor (tried: ${seen})`, {
      help,
    });
  }
  return { base, cpu: best.library, variant: best.file.replace(/^lib|\.[a-z]+$/g, ''), version };
}
