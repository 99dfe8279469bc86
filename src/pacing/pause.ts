import { TtcError } from '../core/index.ts';

/** Resolves after some milliseconds; an abort ends it at once. @throws the signal's reason */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason ?? new TtcError('E_ABORTED', 'the call was aborted'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, Math.ceil(milliseconds));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}
