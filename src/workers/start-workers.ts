/**
 * Client processes that play the trials of a run against an API. The run itself decides what is played and when, keeps
 * the rate, the budget and the journal; a worker opens the server, plays what it is given and hands the trial back.
 *
 * A worker that ends is started again, and what it had not handed back is played once more: the journal gets each trial
 * once. What the dead one reserved of the rate stays spent, for its calls may have gone out.
 */
import type { ResolvedConfig } from '../config/index.ts';
import { type Job, type Trial, TtcError } from '../core/index.ts';
import type { Lease, Limiter } from '../pacing/limiter.ts';
import { clientDoubts } from '../runner/machine.ts';
import type { Offer } from '../runner/play.ts';
import type { Players, Witness } from '../runner/run.ts';
import { type FromWorker, fromWire, type ToWorker, toWire, type WorkerFacts } from './protocol.ts';
import { createRoute } from './route.ts';
import { startChild, type WorkerChild } from './start-child.ts';

export interface WorkersOptions {
  count: number;
  resolved: ResolvedConfig;
  /** Of the run's own backend. */
  identity: string;
  limiter: Limiter;
  /** No limits are set, so calls need not ask for their turn until a server names some. */
  isFree: boolean;
  /** Sockets that each worker opens ahead. */
  sockets: number;
  onNote?: ((sentence: string) => void) | undefined;
}

export interface Workers extends AsyncDisposable {
  /** Requests that opening took. */
  requests: number;
  /** For `RunOptions.players`. */
  players(signal: AbortSignal): Players;
  /** After the last trial. */
  facts(): CrewFacts;
}

export interface CrewFacts {
  connections: WorkerFacts['connections'];
  adapted: string[];
  /** Workers that ended before their time. */
  died: number;
  /** Workers and their machines, where they are those of a queue. */
  count?: number;
  machines?: number;
}

/** A trial that was in flight so often when its worker ended would end it for ever. */
const mostDeaths = 3;
/** Milliseconds after the user's abort, or after the order to stop. */
const patience = { abort: 700, stop: 3000 };

interface Request {
  message: ToWorker & { type: 'ready' | 'play' };
  resolve(trial: Trial | undefined): void;
  reject(error: unknown): void;
  deaths: number;
}

interface Slot {
  child: WorkerChild | undefined;
  requests: Map<number, Request>;
  leases: Map<number, Lease>;
  /** Ends with the process: what it asked for is not waited for any more. */
  life: AbortController;
  /** Starts in a row that failed. */
  failures: number;
}

/** @throws what a worker refuses; E_CHANGED where one opens another server than the run */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { count, resolved, identity, limiter, sockets, onNote } = options;
  const slots: Slot[] = Array.from({ length: count }, () => ({
    ...{ child: undefined, requests: new Map(), leases: new Map(), life: new AbortController(), failures: 0 },
  }));
  const route = createRoute(count, (worker) => slots[worker]?.requests.size ?? 0);
  const facts: WorkerFacts[] = [];
  let isFree = options.isFree;
  let isOver = false;
  let isHeld = false;
  let died = 0;
  let next = 0;
  let opening = 0;

  async function open(slot: Slot): Promise<void> {
    slot.life = new AbortController();
    const start = { type: 'start' as const, resolved, isFree, sockets };
    const child = await startChild(start, {
      hear: (message) => hear(slot, message),
      ended: (why) => ended(slot, why),
    });
    opening += child.requests;
    if (child.identity !== identity) {
      child.kill();
      throw new TtcError('E_CHANGED', `a client process found another server than the run: ${child.identity}`);
    }
    slot.child = child;
    slot.failures = 0;
    if (!isFree) child.send({ type: 'limited' });
    for (const { message } of slot.requests.values()) child.send(message);
  }

  function ended(slot: Slot, why: TtcError): void {
    slot.child = undefined;
    slot.life.abort(why);
    slot.leases.clear();
    if (isOver) {
      settleAll(slot, (request) => request.resolve(undefined));
      return;
    }
    died++;
    onNote?.(`${why.message}; it is started again, and ${slot.requests.size} trials are played once more`);
    for (const request of slot.requests.values()) {
      request.deaths++;
      // What it waited for the dead worker is no latency of the server's.
      const { intended: _, ...message } = request.message;
      request.message = message;
    }
    const worst = Math.max(0, ...[...slot.requests.values()].map(({ deaths }) => deaths));
    if (worst < mostDeaths) reopen(slot);
    else {
      const cause = `${why.message}, ${worst} times while the same trials were played`;
      settleAll(slot, (request) => request.reject(new TtcError('E_WORKER_DIED', cause)));
    }
  }

  function reopen(slot: Slot): void {
    open(slot).catch((error) => {
      slot.failures++;
      if (isOver || slot.failures >= mostDeaths) settleAll(slot, (request) => request.reject(error));
      else reopen(slot);
    });
  }

  function settleAll({ requests }: Slot, settle: (request: Request) => void): void {
    const all = [...requests.values()];
    requests.clear();
    for (const request of all) settle(request);
  }

  function hear(slot: Slot, message: FromWorker): void {
    if (message.type === 'done') done(slot, message);
    else if (message.type === 'take') void take(slot, message);
    else if (message.type === 'settle') {
      slot.leases.get(message.id)?.settle(message.used);
      slot.leases.delete(message.id);
    } else if (message.type === 'hold') {
      limit();
      limiter.hold(message.milliseconds);
    } else if (message.type === 'observe') {
      limit();
      limiter.observe(message.limits);
    } else if (message.type === 'finished') facts.push(message.facts);
  }

  function done(slot: Slot, { id, trial, held, error }: FromWorker & { type: 'done' }): void {
    const request = slot.requests.get(id);
    slot.requests.delete(id);
    if (held && !isHeld) {
      isHeld = true;
      onNote?.('an answer of the server held the API key or a login: [key] stands in its place');
    }
    if (error) request?.reject(fromWire(error));
    else if (!trial || !request || request.deaths === 0) request?.resolve(trial);
    else request.resolve({ ...trial, replays: (trial.replays ?? 0) + request.deaths });
  }

  /** A worker heard of a limit: from now on all of them ask. */
  function limit(): void {
    if (!isFree) return;
    isFree = false;
    for (const { child } of slots) child?.send({ type: 'limited' });
  }

  async function take(slot: Slot, { id, tokens }: FromWorker & { type: 'take' }): Promise<void> {
    const { child, life, leases } = slot;
    try {
      const lease = await limiter.take(tokens, life.signal);
      leases.set(id, lease);
      child?.send({ type: 'granted', id });
    } catch (error) {
      child?.send({ type: 'granted', id, error: toWire(error) });
    }
  }

  function ask(type: 'ready' | 'play', job: Job, offer: Offer = {}): Promise<Trial | undefined> {
    if (isOver) return Promise.resolve(undefined);
    const slot = slots[route(job)] as Slot;
    const id = next++;
    const message = { type, id, job, ...offer } as Request['message'];
    return new Promise((resolve, reject) => {
      slot.requests.set(id, { message, resolve, reject, deaths: 0 });
      slot.child?.send(message);
    });
  }

  function abort(): void {
    isOver = true;
    for (const { child } of slots) child?.send({ type: 'abort' });
    setTimeout(() => {
      for (const slot of slots) {
        slot.child?.kill();
        settleAll(slot, (request) => request.resolve(undefined));
      }
    }, patience.abort).unref();
  }

  /** Resolves when every worker has said its facts, or is gone. */
  async function stop(): Promise<void> {
    isOver = true;
    for (const { child } of slots) child?.send({ type: 'stop' });
    const until = Date.now() + patience.stop;
    while (slots.some(({ child }) => child) && Date.now() < until) await new Promise((go) => setTimeout(go, 10));
    for (const { child } of slots) child?.kill();
  }

  const workers: Workers = {
    get requests() {
      return opening;
    },
    players(signal) {
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      return {
        ready: (job) => ask('ready', job),
        play: (job, offer) => ask('play', job, offer),
        // A worker looks to that itself.
        replayIfDied: async (_, trial) => trial,
        async finish() {
          await stop();
          return witnessOf(facts);
        },
      };
    },
    facts: () => ({ ...sumOf(facts), died }),
    [Symbol.asyncDispose]: stop,
  };
  try {
    await Promise.all(slots.map(open));
  } catch (error) {
    await workers[Symbol.asyncDispose]();
    throw error;
  }
  return workers;
}

/** What workers did together. */
export function sumOf(facts: readonly WorkerFacts[]): Pick<CrewFacts, 'connections' | 'adapted'> {
  return {
    connections: facts.reduce(
      (all, { connections: one }) => ({
        requests: all.requests + one.requests,
        connections: all.connections + one.connections,
        outOfFiles: all.outOfFiles + (one.outOfFiles ?? 0),
      }),
      { requests: 0, connections: 0, outOfFiles: 0 },
    ),
    adapted: [...new Set(facts.flatMap(({ adapted }) => adapted))],
  };
}

/** The worst of them speaks for all. */
function witnessOf(facts: readonly WorkerFacts[]): Witness {
  const core_use = facts.reduce((sum, { machine }) => sum + machine.core_use, 0);
  const [first] = facts;
  if (!first) return { core_use, doubts: [] };
  const machines = facts.map(({ machine }) => machine);
  const worst = {
    ...first.machine,
    core_use: Math.max(...machines.map((machine) => machine.core_use)),
    lag: { ...first.machine.lag, p99: Math.max(...machines.map(({ lag }) => lag.p99)) },
  };
  return { core_use, doubts: clientDoubts(worst).map((doubt) => `${doubt}, in one of ${facts.length} processes`) };
}
