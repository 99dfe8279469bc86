/**
 * Admission control: what a client can decide of a server's batch is which calls are in flight. At most `slots` are, and
 * the place of one that ended is filled at once, in order of arrival or the longest expected first. Requests stay as they
 * are, byte for byte.
 */
import { type Call, type Context, elapsed, type Generate, now, onAbort, type Part } from '../../core/index.ts';
import { type AdmissionRule, createAdmission, type Ticket } from '../../decode/index.ts';
import { tokensOf } from '../branch.ts';

export interface CallAdmissionOptions {
  /** Calls in flight. */
  slots: number;
  /** Most tokens of prompts and token limits in flight; a larger call goes alone. */
  maxTokens: number;
  repack: boolean;
  rule: AdmissionRule;
  /** About how many tokens a text has. */
  count(text: string): number;
  /** A call ended that was expected to need so many tokens, and needed so many. */
  onEnded?(asked: number, used: number, context: Context): void;
}

/** One line for all calls of a cell. */
export function admitted(target: Generate, options: CallAdmissionOptions): Generate {
  const admission = createAdmission(options);
  const promptOf = ({ messages, continue: begun = '' }: Call) =>
    messages.reduce((sum, { content }) => sum + options.count(content) + 4, options.count(begun));

  return async function* generate(call: Call, context: Context): AsyncGenerator<Part> {
    const { meter, signal } = context;
    signal.throwIfAborted();
    const intended = context.intended ?? now();
    const prompt = promptOf(call);
    const asked = prompt + call.maxTokens;
    const ticket = await turnOf(admission, asked, context);
    const waited = elapsed(intended, now());
    meter.add('queue_ms', waited);
    meter.add('held_calls', ticket.held ? 1 : 0);
    meter.add('overtaken', ticket.overtaken);
    if (ticket.joined) meter.add('repacks', 1);
    let used = prompt;
    try {
      for await (const part of target(call, { ...context, intended })) {
        if (part.type !== 'end') used += tokensOf(part);
        else options.onEnded?.(asked, used, context);
        yield part;
      }
    } finally {
      admission.leave(ticket);
    }
  };
}

/** Waits for a place. @throws the signal's reason where the caller leaves first */
function turnOf(
  admission: ReturnType<typeof createAdmission>,
  tokens: number,
  { meter, signal }: Context,
): Promise<Ticket & { held: boolean }> {
  return new Promise((resolve, reject) => {
    let held = false;
    let noting: NodeJS.Immediate | undefined;
    let stopListening: (() => void) | undefined;
    const ticket = admission.join(
      tokens,
      (admitted) => {
        clearImmediate(noting);
        stopListening?.();
        resolve(Object.assign(admitted, { held }));
      },
      (wanted) => meter.tally('no_room', wanted),
    );
    // Who is admitted at once is so before this: the line moves in the event loop's next turn.
    noting = setImmediate(() => {
      held = true;
    });
    stopListening = onAbort(signal, (reason) => {
      clearImmediate(noting);
      admission.leave(ticket);
      reject(reason);
    });
  });
}
