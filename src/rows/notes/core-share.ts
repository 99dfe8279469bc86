import type { BlockTime } from '../../store/read-run.ts';
import type { Row } from '../row.ts';
import { note, times } from './note.ts';

/**
 * Below this share of its cores the engine was held up. With one thread, on a machine without other work, it was 1.00 to
 * 1.19. Several threads also wait for each other; how much they lose to that was not measured.
 */
const enough = { one: 0.9, several: 0.7 };

/** Above this share something computes beside the engine's threads: a module of the user's own may start threads. */
const tooMuch = 1.5;

/** A trial stalled if it took more than `ratio` times its CPU time and lost more than `share` of its policy's whole time. */
const stall = { ratio: 2, share: 0.05 };

interface Span {
  policy: string;
  wall: number;
  cpu: number;
}

/** Counters of the trials that share a block. */
interface OpenBlock {
  record: BlockTime;
  trials: number;
  cpu: number;
  graphs: number;
  queued: boolean;
}

interface PolicyShare {
  wall: number;
  cpu: number;
  /** Trials that took more than `stall.ratio` times their CPU time. Whether they stalled depends on the policy's whole time. */
  slow: Span[];
}

type Timed = Pick<
  Row,
  | 'policy_name'
  | 'realisation'
  | 'block'
  | 'status'
  | 'replays'
  | 'busy_ms'
  | 'counter_call_cpu_ms'
  | 'counter_graph_ms'
  | 'counter_queue_ms'
>;

/**
 * Whether the engine had its cores while it answered: CPU time of its process divided by wall time, per policy. The building
 * of graphs is left out of both. Trials that share passes are counted by whole blocks. The load of the machine says less:
 * a program that stops the engine for a minute uses little CPU time itself.
 */
export const coreShare = note({
  ...{ name: 'core share', kind: 'note' },
  columns: [
    ...(['policy_name', 'realisation', 'block', 'status', 'replays', 'busy_ms'] as const),
    ...(['counter_call_cpu_ms', 'counter_graph_ms', 'counter_queue_ms'] as const),
  ],
  needs: ['checks', 'blocks'],
  open({ checks, blocks }) {
    // Unknown threads are taken for one: the engine's default.
    const threads = checks.threads || 1;
    const shares = createShares(threads);
    const open = new Map<string, OpenBlock[]>();
    for (const record of blocks.filter(({ planned, trials }) => planned > 1 && trials >= planned)) {
      const block = { record, trials: 0, cpu: 0, graphs: 0, queued: true };
      open.set(record.block, [...(open.get(record.block) ?? []), block]);
    }
    return {
      read(row) {
        const span = spanOf(row);
        if (span) shares.add(span);
        for (const block of open.get(row.block) ?? []) addTo(block, row);
      },
      say() {
        for (const block of [...open.values()].flat()) if (isWhole(block)) shares.add(spanOfBlock(block));
        open.clear();
        return shares.doubts().map((doubt) => `${times}: ${doubt}`);
      },
    };
  },
});

const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);

function spanOf(row: Timed): Span | undefined {
  const { status, replays, realisation, counter_queue_ms: queue, busy_ms } = row;
  const cpu = numberOf(row.counter_call_cpu_ms);
  if (status !== 'ok' || replays > 0 || realisation !== 'engine' || cpu === undefined || queue !== undefined) return;
  return { policy: row.policy_name, cpu, wall: (busy_ms ?? 0) - (numberOf(row.counter_graph_ms) ?? 0) };
}

function addTo(block: OpenBlock, row: Timed): void {
  // Over an API the work is done elsewhere: its CPU time is not 0, it is not known.
  if (row.realisation !== 'engine') return;
  block.trials++;
  block.cpu += numberOf(row.counter_call_cpu_ms) ?? 0;
  block.graphs += numberOf(row.counter_graph_ms) ?? 0;
  block.queued &&= row.counter_queue_ms !== undefined;
}

const isWhole = ({ record, trials, queued }: OpenBlock) => trials >= record.planned && queued;

const spanOfBlock = ({ record, cpu, graphs }: OpenBlock): Span => ({
  ...{ policy: record.policy_name, cpu },
  wall: record.makespan_ms - graphs,
});

function createShares(threads: number) {
  const policies = new Map<string, PolicyShare>();
  let count = 0;
  return {
    add(span: Span): void {
      count++;
      const known = policies.get(span.policy) ?? { wall: 0, cpu: 0, slow: [] };
      policies.set(span.policy, known);
      known.wall += span.wall;
      known.cpu += span.cpu;
      if (span.wall > (stall.ratio * span.cpu) / threads) known.slow.push(span);
    },
    doubts(): string[] {
      const shares = [...policies].map(([policy, { wall, cpu }]) => ({ policy, share: cpu / threads / wall }));
      const [least] = shares.sort((a, b) => a.share - b.share);
      const most = shares.at(-1);
      const stalled = [...policies.values()].flatMap(({ wall, slow }) =>
        slow.filter((span) => span.wall - span.cpu / threads > stall.share * wall),
      );
      return [
        ...(least && least.share < (threads === 1 ? enough.one : enough.several) ? [held(least)] : []),
        ...(most && most.share > tooMuch ? [beside(most, threads)] : []),
        ...(stalled.length > 0 ? [worstOf(stalled, count)] : []),
      ];
    },
  };
}

const held = ({ policy, share }: { policy: string; share: number }) =>
  `the engine got ${(100 * share).toFixed(0)} % of its cores under ${policy}: use CPU × instead`;

const beside = ({ policy, share }: { policy: string; share: number }, threads: number) =>
  `under ${policy} the engine's process used ${share.toFixed(1)} times the CPU time that ${threads === 1 ? 'its one thread has' : `its ${threads} threads have`}: something computes beside them, so its times are those of more cores than the baseline's`;

function worstOf(stalled: readonly Span[], count: number): string {
  const { policy, wall, cpu } = stalled.reduce((a, b) => (b.wall - b.cpu > a.wall - a.cpu ? b : a));
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(milliseconds < 1000 ? 2 : 1)} s`;
  const by = new Map<string, number>();
  for (const one of stalled) by.set(one.policy, (by.get(one.policy) ?? 0) + 1);
  const where = [...by].map(([name, trials]) => `${name} ${trials}`).join(', ');
  return `${stalled.length} of ${count} trials stalled (${where}); the worst, under ${policy}, took ${seconds(wall)} for ${seconds(cpu)} of CPU work`;
}
