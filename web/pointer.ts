/** Whether a button of the mouse is held, or a finger: what is pressed may not be replaced before it is a click. */
let held: Promise<void> = Promise.resolve();

addEventListener(
  'pointerdown',
  () => {
    held = new Promise((resolve) => {
      const heard = new AbortController();
      const end = () => {
        heard.abort();
        // The click comes in the same turn as the release.
        setTimeout(resolve, 0);
      };
      const on = (name: string, work: (event: Event) => void) =>
        addEventListener(name, work, { capture: true, signal: heard.signal });
      for (const name of ['pointerup', 'pointercancel']) on(name, end);
      // It ended where nobody told us: on a scrollbar, outside of the window.
      on('blur', ({ target }) => target === window && end());
      on('pointermove', (event) => (event as PointerEvent).buttons === 0 && end());
    });
  },
  { capture: true },
);

/** Resolves once nothing is pressed. */
export const released = (): Promise<void> => held;
