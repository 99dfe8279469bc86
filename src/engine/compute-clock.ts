import { milliseconds, processCpu } from '../core/index.ts';

/**
 * The clock that short measurements at the start take, in milliseconds. With one thread the CPU time of this process, which
 * stands still while another program has the core (on a machine with 29 programs for 2 cores a row took 144 ms by the
 * clock on the wall and 9 of CPU). Threads spin while they wait, so with more of them it is wall time.
 */
export const computeClock = (threads: number): (() => number) => (threads > 1 ? milliseconds : processCpu);
