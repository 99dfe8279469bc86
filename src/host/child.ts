import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TtcError } from '../core/index.ts';
import type { Proof } from './proof.ts';
import type { FromHost, HostOptions, ToHost } from './protocol.ts';
import { watchSilence } from './silence.ts';

export interface Child {
  identity: string;
  facts: Record<string, unknown>;
  pid: number | undefined;
  alive(): boolean;
  send(message: ToHost): void;
  /** Hears the messages with this `id` or `realisation`, and a made-up end when the process dies. */
  listen(kind: 'id' | 'realisation', key: number, hear: (message: FromHost) => void): Disposable;
  /** An abort was sent whose answer is awaited until this is disposed of: meanwhile silence ends the process. */
  owed(): Disposable;
  kill(): void;
  stop(): Promise<void>;
}

/** Compiled JavaScript: Node 20 runs no TypeScript in a child. From `src/` (tests) the built twin is taken. */
function mainFile(): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts')
    ? fileURLToPath(new URL('../../dist/host/main.js', import.meta.url))
    : fileURLToPath(new URL('main.js', import.meta.url));
}

/** Why the process ended, with the last lines it wrote: ggml prints its assert there. */
function deathNotice(code: number | null, signal: NodeJS.Signals | null, said: string): TtcError {
  const how = signal ? `ended by ${signal}` : `exited with code ${code}`;
  const last = said.trim().split('\n').slice(-3).join(' | ');
  return new TtcError('E_ENGINE_DIED', `the engine process ${how}${last ? `: ${last}` : ''}`, {
    help: 'the next call starts it again',
  });
}

export interface StartChild {
  signal?: AbortSignal | undefined;
  onProof?: (path: string, proof: Proof) => void;
  /** Milliseconds of silence that end a process which owes the answer to an abort. */
  abortGrace: number;
}

/**
 * Starts the engine's process and waits until its model is loaded and checked, which takes minutes with more threads
 * than cores.
 * @throws E_ABORTED where the signal ends that; E_ENGINE_DIED, or what the engine refuses
 */
export function startChild(options: HostOptions, { signal, onProof, abortGrace }: StartChild): Promise<Child> {
  const aborted = () => new TtcError('E_ABORTED', 'the engine was not started: the run was aborted');
  if (signal?.aborted) return Promise.reject(aborted());
  const process_ = fork(mainFile(), [JSON.stringify(options)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Memory should speak of policies, not of garbage that V8 has not looked for yet: the young heap would grow to
    // 48 MiB over the first 400 calls, the old one by 16 MiB before it is swept. What more frequent sweeps cost is in
    // the CPU seconds of every policy, the baseline's too (docs/statistics.md).
    execArgv: ['--max-semi-space-size=1', '--heap-growing-percent=10'],
  });
  let said = '';
  process_.stderr?.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    const end = () => process_.kill('SIGKILL');
    const early = (code: number | null, how: NodeJS.Signals | null) => {
      signal?.removeEventListener('abort', end);
      reject(signal?.aborted ? aborted() : deathNotice(code, how, said));
    };
    signal?.addEventListener('abort', end, { once: true });
    process_.once('error', reject);
    process_.once('exit', early);
    process_.on('message', (message: FromHost) => {
      if (message.type === 'proof') onProof?.(message.path, message.proof);
    });
    process_.on('message', function first(message: FromHost) {
      if (message.type === 'proof') return;
      process_.off('message', first);
      process_.off('exit', early);
      signal?.removeEventListener('abort', end);
      if (message.type === 'ready') resolve(connect(process_, message, () => said, abortGrace));
      else if (message.type === 'refused') {
        reject(new TtcError(message.error.code, message.error.message, { help: message.error.help }));
      }
    });
  });
}

/** What a process is to its proxy. @param said the last that it wrote */
export function connect(
  process_: Pick<ChildProcess, 'on' | 'once' | 'send' | 'kill' | 'connected' | 'pid'>,
  ready: FromHost & { type: 'ready' },
  said: () => string,
  abortGrace: number,
): Child {
  const silence = watchSilence(abortGrace, kill);
  const listeners = new Map<string, (message: FromHost) => void>();
  let killed = false;
  let dead: TtcError | undefined;
  const lastWord = (key: string): FromHost => {
    const error = { code: 'E_ENGINE_DIED' as const, message: dead?.message ?? '', help: dead?.help };
    const number = Number(key.split(' ')[1]);
    if (key.startsWith('realisation')) return { type: 'opened', realisation: number, error };
    return { type: 'end', id: number, counters: { sums: {}, tallies: {}, calls: [] }, error };
  };
  function kill(): void {
    killed = true;
    process_.kill('SIGKILL');
  }
  process_.on('message', (message: FromHost) => {
    silence.heard();
    if (message.type === 'opened') listeners.get(`realisation ${message.realisation}`)?.(message);
    else if ('id' in message) listeners.get(`id ${message.id}`)?.(message);
  });
  const exited = new Promise<void>((resolve) => {
    process_.once('exit', (code, signal) => {
      dead = deathNotice(code, signal, said());
      for (const [key, hear] of listeners) hear(lastWord(key));
      resolve();
    });
  });
  return {
    identity: ready.identity,
    facts: ready.facts,
    pid: process_.pid,
    // Who comes next must not get a process that is about to go.
    alive: () => !killed && dead === undefined && process_.connected,
    send(message) {
      // The exit event tells the listeners; a failed send to a dying process adds nothing.
      if (process_.connected) process_.send(message, () => undefined);
    },
    listen(kind, key, hear) {
      const name = `${kind} ${key}`;
      listeners.set(name, hear);
      if (dead) hear(lastWord(name));
      return { [Symbol.dispose]: () => void listeners.delete(name) };
    },
    owed: silence.owed,
    kill,
    async stop() {
      if (process_.connected) process_.send({ type: 'stop' } satisfies ToHost, () => undefined);
      const deadline = setTimeout(() => process_.kill('SIGKILL'), 2000);
      await exited;
      clearTimeout(deadline);
    },
  };
}
