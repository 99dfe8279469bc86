/**
 * Tells a process that computes from one that hangs: whoever waits for its answer to an abort watches it, and only one
 * that says nothing at all for so long, of any call, is ended. A slow answer to one call costs the others nothing.
 */
export interface SilenceWatch {
  /** The process said something. */
  heard(): void;
  /** It owes an answer until this is disposed of. */
  owed(): Disposable;
}

/** @param limit milliseconds of silence, counted from the first abort that waits or from the last word after it */
export function watchSilence(limit: number, end: () => void): SilenceWatch {
  let waiting = 0;
  let words = 0;
  let timer: NodeJS.Timeout | undefined;

  function listen(): void {
    clearTimeout(timer);
    const before = words;
    timer = setTimeout(() => {
      // Words that came while this process itself stood still are read after the timers are due.
      setImmediate(() => {
        if (waiting > 0 && words === before) end();
      });
    }, limit);
  }

  return {
    heard() {
      words++;
      if (waiting > 0) listen();
    },
    owed() {
      if (waiting++ === 0) listen();
      let isOwed = true;
      return {
        [Symbol.dispose]() {
          if (!isOwed) return;
          isOwed = false;
          if (--waiting === 0) clearTimeout(timer);
        },
      };
    },
  };
}
