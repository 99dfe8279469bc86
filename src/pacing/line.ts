/** A line in which work waits: one after the other, in the order of asking. */
export interface Line {
  isEmpty(): boolean;
  /** Runs the work when all that was asked for before is over, whatever became of it. */
  enter<T>(work: () => Promise<T>): Promise<T>;
}

export function createLine(): Line {
  let last: Promise<void> = Promise.resolve();
  let length = 0;
  return {
    isEmpty: () => length === 0,
    enter(work) {
      length++;
      const turn = last.then(work).finally(() => length--);
      last = turn.then(
        () => undefined,
        () => undefined,
      );
      return turn;
    },
  };
}
