/**
 * That a file is still the one it was. An engine's process that died is started again in mid-run: a model or a policy
 * that was replaced meanwhile would go on under the same key.
 */
import { createHash } from 'node:crypto';
import { createReadStream, type PathLike } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { moduleContent, splitParts, TtcError } from '../core/index.ts';

/** What is known of a file that was opened. JSON-safe. */
export interface Proof {
  /** Size, inode and both times of every part. Where they are equal, nobody has touched it. */
  stamp: string;
  /** Of its content, where that was needed; absent for a model in parts. */
  sha256?: string;
}

/** Proofs by path. */
export type Proofs = Readonly<Record<string, Proof>>;

async function stampOf(path: string): Promise<string> {
  const stamps = (splitParts(path) ?? [path]).map(async (part) => {
    const found = await stat(part, { bigint: true }).catch(() => undefined);
    return found ? `${found.size} ${found.ino} ${found.mtimeNs} ${found.ctimeNs}` : 'gone';
  });
  return (await Promise.all(stamps)).join(', ');
}

async function sha256Of(path: PathLike): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(chunk);
  return digest.digest('hex');
}

const changed = (path: string, how: string) =>
  new TtcError('E_CHANGED', `${basename(path)} ${how}: ${path}`, {
    help: 'put the file back that was there before, and the same command goes on; or begin anew with another --out',
  });

const sizesOf = (stamp: string) => stamp.split(', ').map((part) => part.split(' ')[0]);

/** What a user can see of the difference. */
function difference(before: string, after: string): string {
  const [old, now] = [sizesOf(before).join(' + '), sizesOf(after).join(' + ')];
  return old === now ? 'its content is another one' : `it had ${old} bytes, now ${now}`;
}

export interface OpenProven {
  /** What an earlier process knew of the files that it opened. */
  known: Proofs;
  /** Hears of a file that was not known before. */
  onProof(path: string, proof: Proof): void;
}

/**
 * Opens a file of weights and proves that it is the one that an earlier process had. Size, inode and times settle that
 * nearly always; where they differ, as after a copy, the SHA-256 does.
 * @param sha256 of the content, where that is known already
 * @throws E_CHANGED, and what `open` throws. What was opened is closed then
 */
export async function openProven<T extends AsyncDisposable>(
  path: string,
  open: (path: string) => Promise<T>,
  { known, onProof }: OpenProven,
  sha256?: string,
): Promise<T> {
  const stamp = await stampOf(path);
  const before = known[path];
  const opened = await open(path);
  try {
    const content = await contentOf(path, stamp, before, sha256);
    // Who replaces a file while it is read gets neither a proof nor a run.
    if ((await stampOf(path)) !== stamp) throw changed(path, 'changed while it was opened');
    const proof = content === undefined ? { stamp } : { stamp, sha256: content };
    if (!before) onProof(path, proof);
    else if (before.stamp !== stamp && (content === undefined || content !== before.sha256))
      throw changed(path, `was replaced while the run was going on (${difference(before.stamp, stamp)})`);
    return opened;
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** Read only where it decides: at the first opening, unless it is known, and where a stamp has changed. */
async function contentOf(
  path: string,
  stamp: string,
  before: Proof | undefined,
  known: string | undefined,
): Promise<string | undefined> {
  if (splitParts(path)) return undefined;
  if (before) return before.stamp === stamp ? before.sha256 : sha256Of(path);
  return known ?? sha256Of(path);
}

/** The same for a module of the user's own, with all that it imports by path. @throws E_CHANGED */
export function proveModule(path: string, { known, onProof }: OpenProven): void {
  const sha256 = moduleContent(path);
  const before = known[path];
  if (!before) onProof(path, { stamp: '', sha256 });
  else if (before.sha256 !== sha256)
    throw changed(path, 'or a file that it imports was edited while the run was going on');
}

/** What an engine says of itself at its start. */
export interface EngineAbout {
  identity: string;
  facts: Record<string, unknown>;
}

/** @throws E_CHANGED where a restarted engine computes otherwise: another library, other kernels, other rules for rows */
export function refuseAnotherEngine(before: EngineAbout, after: EngineAbout): void {
  const label = ({ facts }: EngineAbout) => (facts.rowInvariance as { label?: string } | undefined)?.label ?? 'unknown';
  const pairs = [
    ['the engine', before.identity, after.identity],
    ['the invariance of rows', label(before), label(after)],
  ] as const;
  for (const [what, old, now] of pairs) {
    if (old === now) continue;
    throw new TtcError('E_CHANGED', `${what} changed while the run was going on: before "${old}", now "${now}"`);
  }
}
