/**
 * Ends this process, with the name of the code that holds it, where code of the user's own never gives control back. A
 * thread of its own looks: the main thread can do nothing then, not even hear Ctrl-C. Trials in the journal are safe.
 */
import inspector from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { listenToUserCode } from '../core/user-code.ts';

/** Bytes of a name that are shown. */
const longestName = 400;
const beatMilliseconds = 250;

/** Two numbers, the beat and the length of the name, then the name. */
const watch = `
const { workerData: { shared, seconds, beat } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const numbers = new Int32Array(shared, 0, 2);
const bytes = new Uint8Array(shared, 8);
let seen = -1;
let quiet = 0;
// Looks are counted, not seconds: a machine that slept is not late.
setInterval(() => {
  const now = Atomics.load(numbers, 0);
  quiet = now === seen ? quiet + 1 : 0;
  seen = now;
  const length = Atomics.load(numbers, 1);
  if (length === 0 || quiet * beat < seconds * 1000) return;
  const name = Buffer.from(bytes.slice(0, length)).toString();
  writeSync(2, '\\nE_POLICY: ' + name + ' has not given control back for ' + seconds + ' s, so the command was ended\\n' +
    '  help: it loops, or computes for too long without an await; finished trials are safe, and the same command goes on\\n');
  process.kill(process.pid, 'SIGKILL');
}, beat);
`;

/**
 * Watches from the first time on that code of the user's own is entered. A debugger that holds the process is let be.
 * @param seconds how long such code may keep the main thread
 */
export function armWatchdog(seconds = 60): void {
  const shared = new SharedArrayBuffer(8 + longestName);
  const numbers = new Int32Array(shared, 0, 2);
  const bytes = new Uint8Array(shared, 8);
  const encoder = new TextEncoder();
  let isWatched = false;

  const beat = () => void Atomics.add(numbers, 0, 1);

  function begin(): void {
    isWatched = true;
    if (inspector.url() !== undefined) return;
    const workerData = { shared, seconds, beat: beatMilliseconds };
    const worker = new Worker(watch, { eval: true, workerData, execArgv: [], stderr: false });
    worker.unref();
    setInterval(beat, beatMilliseconds).unref();
  }

  listenToUserCode((name) => {
    const { written } = encoder.encodeInto(name, bytes);
    Atomics.store(numbers, 1, written);
    beat();
    if (!isWatched) begin();
  });
}
