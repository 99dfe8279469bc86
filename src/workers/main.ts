/** A client process of a run: plays the trials that it is given and hands them back. It writes nothing. */
import { endWithParent } from '../core/index.ts';
import { type OpenWorker, openWorker } from './open-worker.ts';
import { type FromWorker, type ToWorker, toWire } from './protocol.ts';
import { createRemoteLimiter, type RemoteLimiter } from './remote-limiter.ts';

const user = new AbortController();
let limiter: RemoteLimiter;
let worker: OpenWorker;

const send = (message: FromWorker) => void (process.connected && process.send?.(message, () => undefined));

async function start({ resolved, isFree, sockets }: ToWorker & { type: 'start' }): Promise<void> {
  try {
    limiter = createRemoteLimiter(send, isFree);
    worker = await openWorker(resolved, { limiter, signal: user.signal, sockets });
    send({ type: 'started', identity: worker.identity, requests: worker.requests });
  } catch (error) {
    send({ type: 'refused', error: toWire(error) });
    process.disconnect?.();
  }
}

async function answer({ type, id, job, intended, together }: ToWorker & { type: 'ready' | 'play' }): Promise<void> {
  const offer = { ...(intended !== undefined && { intended }), ...(together !== undefined && { together }) };
  try {
    if (type === 'ready') await worker.ready(job);
    send({ type: 'done', id, ...(type === 'play' && (await worker.play(job, offer))) });
  } catch (error) {
    send({ type: 'done', id, error: toWire(error) });
  }
}

async function stop(): Promise<void> {
  send({ type: 'finished', facts: worker.facts() });
  await worker[Symbol.asyncDispose]();
  process.disconnect?.();
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'start') void start(message);
  else if (message.type === 'granted') limiter.granted(message.id, message.error);
  else if (message.type === 'limited') limiter.limited();
  else if (message.type === 'abort') user.abort();
  else if (message.type === 'stop') void stop();
  else void answer(message);
});
// A policy of the user's own may loop, and then hears nothing.
endWithParent();
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group of processes; the run decides what is finished first.
process.on('SIGINT', () => undefined);
