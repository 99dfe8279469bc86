/** Who may run: calls wait in a queue until the batch has a slot and room for their tokens. */

/** A call that waits for the batch or runs in it. */
export interface Ticket {
  /** Place in the order of arrival. */
  readonly number: number;
  /** KV slots that the call's sequences may fill: prompt and answer. */
  tokens: number;
  /** Later arrivals that were admitted before this call. */
  overtaken: number;
  /** Admitted while calls of an earlier admission were running. */
  joined: boolean;
}

/**
 * Which of the waiting calls is admitted next; undefined: none for now.
 * @param waiting in order of arrival, at least one
 * @param fits whether the batch has room for a call
 */
export type AdmissionRule = (waiting: readonly Ticket[], fits: (ticket: Ticket) => boolean) => Ticket | undefined;

export interface AdmissionOptions {
  /** Calls that run at a time. */
  slots: number;
  /** Most KV slots that running calls may fill together; a call that wants more runs alone. */
  maxTokens: number;
  rule: AdmissionRule;
  /** False: a batch is filled only when the one before it has ended as a whole. */
  repack: boolean;
}

export interface Admission {
  /**
   * Adds a call to the queue; `admit` runs once it may start, at the earliest in the event loop's next turn.
   * @param noRoom called at most once, where a slot was free and one call was running, but the KV slots were too few for
   *   both; with the number that the two would have filled. It is not called beside several running calls: a call
   *   without room there may still fit beside each of them.
   */
  join(tokens: number, admit: (ticket: Ticket) => void, noRoom?: (wanted: number) => void): Ticket;
  /** The call ended, or gave up waiting. */
  leave(ticket: Ticket): void;
}

/** First come, first served: nobody is overtaken, and a call without room holds the others back. */
export const firstCome: AdmissionRule = ([first], fits) => (first && fits(first) ? first : undefined);

export function createAdmission({ slots, maxTokens, rule, repack }: AdmissionOptions): Admission {
  const waiting: Ticket[] = [];
  const running = new Set<Ticket>();
  const starts = new Map<Ticket, (ticket: Ticket) => void>();
  const refusals = new Map<Ticket, (wanted: number) => void>();
  let arrivals = 0;
  let scheduled = false;

  const wanted = ({ tokens }: Ticket): number => {
    let held = tokens;
    for (const ticket of running) held += ticket.tokens;
    return held;
  };
  const fits = (ticket: Ticket): boolean => running.size === 0 || wanted(ticket) <= maxTokens;

  function refuse(): void {
    const ticket = running.size === 1 ? waiting.find((one) => !fits(one)) : undefined;
    if (!ticket) return;
    refusals.get(ticket)?.(wanted(ticket));
    refusals.delete(ticket);
  }

  function take(): Ticket | undefined {
    if (waiting.length === 0 || running.size >= slots) return undefined;
    const ticket = rule(waiting, fits);
    if (ticket) waiting.splice(waiting.indexOf(ticket), 1);
    else refuse();
    return ticket;
  }

  function forget(ticket: Ticket): void {
    starts.delete(ticket);
    refusals.delete(ticket);
  }

  function admit(): void {
    scheduled = false;
    const joined = running.size > 0;
    if (joined && !repack) return;
    for (let ticket = take(); ticket; ticket = take()) {
      for (const other of waiting) if (other.number < ticket.number) other.overtaken++;
      ticket.joined = joined;
      running.add(ticket);
      starts.get(ticket)?.(ticket);
      forget(ticket);
    }
  }

  // Calls that are offered together are all in the queue before the first is chosen.
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(admit);
  }

  return {
    join(tokens, start, noRoom) {
      const ticket = { number: ++arrivals, tokens, overtaken: 0, joined: false };
      waiting.push(ticket);
      starts.set(ticket, start);
      if (noRoom) refusals.set(ticket, noRoom);
      schedule();
      return ticket;
    },
    leave(ticket) {
      const place = waiting.indexOf(ticket);
      if (place >= 0) waiting.splice(place, 1);
      forget(ticket);
      running.delete(ticket);
      if (waiting.length > 0) schedule();
    },
  };
}
