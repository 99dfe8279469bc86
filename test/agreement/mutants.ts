/** Damaged copies of a model file: each must be refused with a clear error or run, and never end the process. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom, TtcError } from '../../src/core/index.ts';
import { openGguf } from '../../src/engine/index.ts';
import { readShape } from '../../src/engine/shape.ts';
import { tiny8 } from './bench.ts';

const loader = fileURLToPath(new URL('./load-models.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../dist/engine/index.js', import.meta.url));

export interface Outcome {
  refused: number;
  /** Errors that are not ours. */
  strange: string[];
  /** Copies that pass every check before native code. */
  accepted: number;
  /** What became of those in a process of their own. */
  ran: number;
  /** How many of these gave a sentence back from its ids; the others miss a token or a merge. */
  faithful: number;
  refusedLater: number;
  /** How that process ended, if not by itself. */
  died: string | undefined;
}

/** Bytes before the first tensor's data. */
function headerBytes(file: Buffer): number {
  using gguf = openGguf(tiny8);
  return file.length - [...gguf.tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}

export function* truncations(count: number): Generator<Uint8Array> {
  const file = readFileSync(tiny8);
  const header = headerBytes(file);
  const half = Math.ceil(count / 2);
  for (let i = 0; i < half; i++) yield file.subarray(0, Math.floor((file.length * i) / half));
  for (let i = half; i < count; i++) yield file.subarray(0, Math.floor((header * (i - half)) / (count - half)));
}

/** One to three bytes changed: mostly where numbers and tensor descriptions stand, at the ends of the header. */
export function* headerMutants(count: number, seed: number): Generator<Uint8Array> {
  const file = readFileSync(tiny8);
  const header = headerBytes(file);
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let i = 0; i < count; i++) {
    const copy = Buffer.from(file);
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const zone = below(3);
      const at = zone === 0 ? below(900) : zone === 1 ? header - 1 - below(5000) : below(header);
      copy[at] = below(2) ? ([0, 1, 127, 128, 255][below(5)] as number) : below(256);
    }
    yield copy;
  }
}

function acceptedBeforeNative(path: string, outcome: Outcome): boolean {
  try {
    using gguf = openGguf(path);
    readShape(gguf);
    outcome.accepted++;
    return true;
  } catch (error) {
    if (error instanceof TtcError) outcome.refused++;
    else outcome.strange.push(String(error));
    return false;
  }
}

function loadInChild(files: readonly string[], outcome: Outcome): void {
  if (files.length === 0) return;
  if (!existsSync(built)) throw new Error('the engine is not built: npm run build');
  const child = spawnSync(process.execPath, [loader, ...files], { encoding: 'utf8', timeout: 300_000 });
  const lines = child.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  outcome.ran = lines.filter(({ ran }) => ran).length;
  outcome.refusedLater = lines.filter(({ code }) => code?.startsWith('E_')).length;
  outcome.faithful = lines.filter(({ faithful }) => faithful).length;
  for (const { code, message, file } of lines)
    if (code && !code.startsWith('E_')) outcome.strange.push(`${basename(file)}: ${message}`);
  if (child.status !== 0) outcome.died = `${child.signal ?? child.status}: ${lines.at(-1)?.loading} ${child.stderr}`;
}

/** Tries every copy; those that pass the checks are loaded and run in a child process. */
export function tryAll(copies: Iterable<Uint8Array>): Outcome {
  const outcome: Outcome = {
    refused: 0,
    strange: [],
    accepted: 0,
    ran: 0,
    faithful: 0,
    refusedLater: 0,
    died: undefined,
  };
  const folder = mkdtempSync(join(tmpdir(), 'ttcbench-mutants-'));
  try {
    const files: string[] = [];
    let number = 0;
    for (const copy of copies) {
      const path = join(folder, `${number++}.gguf`);
      writeFileSync(path, copy);
      if (acceptedBeforeNative(path, outcome)) files.push(path);
      else rmSync(path);
    }
    loadInChild(files, outcome);
    return outcome;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
