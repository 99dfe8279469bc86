/**
 * How long a module neither ran the engine nor used the CPU of its process. It waited then, or let something compute
 * that no counter sees: another process, another machine.
 */
import { milliseconds, processCpu } from './clock.ts';

/** Shorter waits, and smaller shares of a call, are those of timers and of other programs on the machine. */
const least = { milliseconds: 20, share: 0.1 };

export interface OutsideClock {
  /** A pass begins. @returns ends it */
  enter(): () => void;
  /** A call begins. @returns ends it, and gives its milliseconds outside; 0 where they are few */
  begin(): () => number;
}

interface Moment {
  wall: number;
  cpu: number;
}

export function createOutsideClock(
  look: () => Moment = () => ({ wall: milliseconds(), cpu: processCpu() }),
): OutsideClock {
  /** Spent with at least one pass on its way. */
  const inside: Moment = { wall: 0, cpu: 0 };
  let passes = 0;
  let entered: Moment = { wall: 0, cpu: 0 };

  return {
    enter() {
      if (passes++ === 0) entered = look();
      return () => {
        if (--passes > 0) return;
        const left = look();
        inside.wall += left.wall - entered.wall;
        inside.cpu += left.cpu - entered.cpu;
      };
    },
    begin() {
      const started = look();
      const before = { ...inside };
      return () => {
        const ended = look();
        const whole = ended.wall - started.wall;
        const wall = whole - (inside.wall - before.wall);
        const idle = wall - (ended.cpu - started.cpu - (inside.cpu - before.cpu));
        return idle >= least.milliseconds && idle >= least.share * whole ? idle : 0;
      };
    },
  };
}
