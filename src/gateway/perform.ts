/** Plays a script on a response, frame by frame, and stamps what went out just before it did. */
import type { ServerResponse } from 'node:http';
import type { Script } from './script.ts';

export interface Performance {
  head?: bigint;
  first?: bigint;
  last?: bigint;
  done?: bigint;
  events: number;
  ending: 'sent' | 'fault' | 'aborted';
}

const clock = process.hrtime.bigint;

/** Before a reset, or it would overtake what was sent and the client would see none of it. */
const resetDelay = 20;

/** Resolves when the script is over or the client left; a hang lasts until then. */
export function perform(script: Script, response: ServerResponse, admitted: bigint): Promise<Performance> {
  return new Promise((resolve) => {
    const seen: Performance = { events: 0, ending: 'sent' };
    let next = 0;
    let timer: NodeJS.Timeout | undefined;
    let over = false;

    function finish(ending: Performance['ending']): void {
      if (over) return;
      over = true;
      clearTimeout(timer);
      seen.ending = ending;
      resolve(seen);
    }

    /** Early by less than a timer's grain counts as due. */
    const wait = (at: number) => Number(admitted + BigInt(Math.round(at * 1e6)) - clock()) / 1e6;

    function send(): void {
      const frame = script.frames[next++]!;
      const at = clock();
      if (frame.kind === 'token') {
        seen.first ??= at;
        seen.last = at;
        seen.events++;
      }
      response.write(frame.bytes);
    }

    function close(): void {
      seen.done = clock();
      if (script.end === 'end') response.end(() => finish('sent'));
      else if (script.end === 'fin') response.socket?.end();
      else if (script.end === 'reset') timer = setTimeout(() => response.socket?.resetAndDestroy(), resetDelay);
    }

    function run(): void {
      while (!over && next < script.frames.length) {
        const left = wait(script.frames[next]!.at);
        if (left > 0.05) {
          timer = setTimeout(run, Math.max(1, Math.floor(left)));
          return;
        }
        send();
        // A turn of the loop between single bytes, or they would leave in one segment.
        if (script.frames[next]?.bytes.length === 1) return void setImmediate(run);
      }
      if (!over) close();
    }

    function begin(): void {
      if (script.headAt !== null) {
        seen.head = clock();
        response.writeHead(script.status, script.headers);
        response.flushHeaders();
      }
      run();
    }

    response.on('close', () => finish(script.end === 'end' ? 'aborted' : 'fault'));
    const headIn = script.headAt === null ? 0 : wait(script.headAt);
    if (headIn > 0.05) timer = setTimeout(begin, headIn);
    else begin();
  });
}
