import type { Trial } from '../core/index.ts';

/**
 * What has to be said of the times of replayed answers.
 * @param identity of the backend: a replay that keeps the recorded pace ends in `paced`
 */
export function replayNotes(trials: readonly Trial[], identity: unknown): string[] {
  if (!trials.some(({ cell }) => cell.backend === 'replay') || String(identity).endsWith(' paced')) return [];
  return [
    'answers were replayed from a recording: every time, rate and verdict on times is that of the replay on this machine, not of the server that was recorded',
  ];
}
