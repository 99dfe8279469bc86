let readClock = () => process.hrtime.bigint();
let readCpu = () => process.cpuUsage();
let readPerformance = () => performance.now();

let areHeld = false;

/** From here on other functions in their place change nothing: for before a module of a user's own is loaded. */
export function holdClocks(): void {
  if (areHeld) return;
  areHeld = true;
  readClock = process.hrtime.bigint.bind(process.hrtime);
  readCpu = process.cpuUsage.bind(process);
  readPerformance = performance.now.bind(performance);
}

/** CLOCK_MONOTONIC in nanoseconds: the same clock in every process of the machine. */
export const now = (): bigint => readClock();

/** Milliseconds from one stamp to another. */
export const elapsed = (from: bigint, to: bigint): number => Number(to - from) / 1e6;

/** Milliseconds since some moment, for spans within this process: cheaper than `now`. */
export const milliseconds = (): number => readPerformance();

/** CPU milliseconds of this process, all of its threads, since its start. */
export function processCpu(): number {
  const { user, system } = readCpu();
  return (user + system) / 1000;
}
