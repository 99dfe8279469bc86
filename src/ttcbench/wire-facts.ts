/** What a session of a run says of its connections, and of what the server took. */
import type { OpenBackend } from '../assembly/open-backend.ts';
import type { SessionRecord } from '../store/manifest.ts';

export type WireStats = ReturnType<NonNullable<OpenBackend['connections']>>;

/** @param elsewhere of client processes */
export function connectionsOf(
  opening: OpenBackend | undefined,
  elsewhere: readonly WireStats[] = [],
): Pick<SessionRecord, 'connections'> {
  if (!opening?.connections) return {};
  const { requests, connections: opened, outOfFiles = 0 } = [opening.connections(), ...elsewhere].reduce(added);
  return { connections: { requests, opened, ...(outOfFiles > 0 && { out_of_files: outOfFiles }) } };
}

const added = (a: WireStats, b: WireStats): WireStats => ({
  ...a,
  requests: a.requests + b.requests,
  connections: a.connections + b.connections,
  outOfFiles: (a.outOfFiles ?? 0) + (b.outOfFiles ?? 0),
});

export function fileDoubts({ connections }: OpenBackend, elsewhere?: WireStats): string[] {
  const outOfFiles = (connections?.().outOfFiles ?? 0) + (elsewhere?.outOfFiles ?? 0);
  if (outOfFiles === 0) return [];
  return [
    `${outOfFiles} requests waited for a file handle, or found none: lower the concurrency, or raise the limit of open files (ulimit -n)`,
  ];
}

/** Fields that the server took from the first trials and refused later: answers before and after were asked for differently. */
export function refusedMeanwhile(
  { adapted }: OpenBackend,
  before: readonly string[],
  elsewhere: readonly string[] = [],
) {
  const now = [...new Set([...(adapted?.() ?? []), ...elsewhere])];
  const fresh = now.filter((word) => !before.includes(word));
  if (fresh.length === 0) return undefined;
  const sentence = `the server refused fields while the run went on (${fresh.join(', ')}): trials before and after were asked for differently, and the next run counts as another one`;
  return { adapted: now, sentence };
}
