import type { Row } from './row.ts';

/**
 * Seconds of a run: per session from the first intended send to the last end. The time between two sessions is nobody's.
 * @param starts wall clock of the sessions' starts, ISO 8601
 */
export function createRunClock(starts: readonly string[]) {
  const sessions = starts.map((start) => Date.parse(start));
  const spans = new Map<number, { from: number; to: number }>();
  return {
    read({ started_at, ended_at }: Pick<Row, 'started_at' | 'ended_at'>): void {
      const to = Date.parse(ended_at);
      const from = started_at === undefined ? to : Date.parse(started_at);
      const session = sessions.findLastIndex((start) => start <= to);
      const span = spans.get(session) ?? { from, to };
      spans.set(session, span);
      span.from = Math.min(span.from, from);
      span.to = Math.max(span.to, to);
    },
    seconds: () => [...spans.values()].reduce((sum, { from, to }) => sum + (to - from) / 1000, 0),
  };
}
