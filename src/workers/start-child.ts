/** One client process: started, spoken to, and heard when it ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TtcError } from '../core/index.ts';
import { type FromWorker, fromWire, type ToWorker } from './protocol.ts';

export interface WorkerChild {
  /** Of the backend that it opened. */
  identity: string;
  /** Requests that it sent while it opened. */
  requests: number;
  send(message: ToWorker): void;
  kill(): void;
}

export interface ChildHooks {
  hear(message: FromWorker): void;
  /** The process is gone, and everything that it said has been heard. */
  ended(why: TtcError): void;
}

/** Compiled JavaScript: Node 20 runs no TypeScript in a child. From `src/` (tests) the built twin is taken. */
function mainFile(): string {
  const here = fileURLToPath(import.meta.url);
  const main = here.endsWith('.ts') ? '../../dist/workers/main.js' : 'main.js';
  return fileURLToPath(new URL(main, import.meta.url));
}

/** @throws what the worker refuses; E_WORKER_DIED where it ends before it is ready */
export function startChild(start: ToWorker & { type: 'start' }, hooks: ChildHooks): Promise<WorkerChild> {
  const child = fork(mainFile(), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    let isReady = false;
    child.on('message', (message: FromWorker) => {
      if (message.type === 'started') {
        isReady = true;
        const { identity, requests } = message;
        resolve({ identity, requests, send: (next) => send(child, next), kill: () => child.kill('SIGKILL') });
      } else if (message.type === 'refused') reject(fromWire(message.error));
      else hooks.hear(message);
    });
    whenGone(child, (how) => {
      const why = deathNotice(how, said);
      if (isReady) hooks.ended(why);
      else reject(why);
    });
    send(child, start);
  });
}

const send = (child: ChildProcess, message: ToWorker) => {
  // A failed send to a dying process adds nothing: its end is heard.
  if (child.connected) child.send(message, () => undefined);
};

/** After its exit, the last of what it sent may still be on its way. */
function whenGone(child: ChildProcess, gone: (how: string) => void): void {
  let how: string | undefined;
  let isOver = false;
  const check = () => {
    if (how === undefined || child.connected || isOver) return;
    isOver = true;
    gone(how);
  };
  child.once('exit', (code, signal) => {
    how = signal ? `ended by ${signal}` : `exited with code ${code}`;
    check();
  });
  child.once('disconnect', check);
  child.once('error', (error) => {
    how ??= error.message;
    check();
  });
}

function deathNotice(how: string, said: string): TtcError {
  const last = said.trim().split('\n').slice(-3).join(' | ');
  return new TtcError('E_WORKER_DIED', `a client process of the run ${how}${last ? `: ${last}` : ''}`);
}
