/** Columns for the notes of a report: sums over a trial's turns and tallies, which are not in the row themselves. */
import type { Trial } from '../../core/index.ts';
import { busyTime } from '../../metrics/index.ts';
import { integer, number } from './column.ts';

export const spanColumns = {
  busy_ms: number('Time in which a call was under way.', ({ trial }) => busyTime(trial), 'ms'),
  events: integer("Events of the server's stream; text parts where no two shared a read.", ({ trial }) =>
    sumOver(trial, ({ events, at }) => (events ? total(events) : at.length)),
  ),
  bundled_events: integer('Events that shared a read of the socket with others.', ({ trial }) =>
    sumOver(trial, ({ events }) => (events ? total(events.filter((together) => together > 1)) : 0)),
  ),
  no_room_least: integer(
    'Fewest KV slots that two calls wanted together when they did not fit into a batch.',
    ({ trial }) => least(slotsRefused(trial)),
  ),
  no_room_most: integer(
    'Most KV slots that two calls wanted together when they did not fit into a batch.',
    ({ trial }) => most(slotsRefused(trial)),
  ),
  batch_room: integer('KV slots that a batch may hold.', ({ trial }) => roomOf(trial.params)),
};

const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);
const sumOver = ({ turns }: Trial, of: (turn: Trial['turns'][number]) => number) => total(turns.map(of));

const slotsRefused = ({ counters }: Trial): number[] => Object.keys(counters.tallies.no_room ?? {}).map(Number);
const least = (numbers: readonly number[]) => (numbers.length > 0 ? Math.min(...numbers) : undefined);
const most = (numbers: readonly number[]) => (numbers.length > 0 ? Math.max(...numbers) : undefined);

/** Of a composition its member's. */
function roomOf(params: Record<string, unknown>): number | undefined {
  const members = Object.values(params).map((one) => (one as { max_batch_tokens?: unknown } | null)?.max_batch_tokens);
  const room = [params.max_batch_tokens, ...members].find((one) => one !== undefined);
  return typeof room === 'number' ? room : undefined;
}
