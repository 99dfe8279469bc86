/** Plays the answers to one request side by side, and keeps their bill. */
import { type Call, type Counters, createMeter, type EndReason, type TextPart } from '../core/index.ts';
import type { AskedTool } from '../wire/index.ts';
import type { Times } from './bill.ts';
import type { ServeRequest } from './read-request.ts';
import { createToolReader } from './read-tool-calls.ts';

/** What of an answer can be sent by now. */
export interface Piece {
  text: string;
  calls: readonly AskedTool[];
  /** Token ids and log-probabilities of the step, though its text may be held back. */
  part?: TextPart;
}

export interface Ending {
  finish: 'stop' | 'length' | 'tool_calls';
  /** The answer had to call a tool and did not: what it wrote. */
  failedGeneration?: string;
}

export interface Listener {
  /** `index`: which of the answers. */
  piece(index: number, piece: Piece): void;
  ended(index: number, ending: Ending): void;
}

/**
 * Resolves when all answers have ended. An abort, or an error of one answer, ends all of them; counters are complete
 * either way.
 * @param counters gets those of each answer
 */
export async function play(
  request: ServeRequest,
  times: Times,
  counters: Counters[],
  signal: AbortSignal,
  listener: Listener,
): Promise<void> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const one = async (index: number) => {
    const meter = createMeter();
    counters.push(meter.counters);
    const call: Call = { ...request.call, seed: request.call.seed + index };
    const answer = createAnswer(request, index, listener);
    for await (const part of request.model.generate(call, { signal: controller.signal, meter })) {
      if (part.type === 'end') answer.end(part.reason);
      else if (part.type === 'text') {
        times.first = times.first !== undefined && times.first < part.at ? times.first : part.at;
        times.last = times.last !== undefined && times.last > part.at ? times.last : part.at;
        answer.take(part);
      }
    }
  };
  try {
    const answers = Array.from({ length: request.n }, (_, index) =>
      one(index).catch((error) => {
        controller.abort(error);
        throw error;
      }),
    );
    const settled = await Promise.allSettled(answers);
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed) throw signal.aborted ? signal.reason : controller.signal.reason;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Turns the parts of one answer into pieces: where tools are offered, calls are read out of the text. */
function createAnswer({ tools, forced, parallelTools }: ServeRequest, index: number, listener: Listener) {
  const names = tools.map(({ name }) => name);
  const reader = tools.length > 0 ? createToolReader(names, forced) : undefined;
  let written = forced ?? '';
  let calls = 0;

  /** Without parallel calls all but the first are left out. */
  function tell(found: { text: string; calls: readonly AskedTool[] }, part?: TextPart): void {
    const wanted = parallelTools ? found.calls : found.calls.slice(0, Math.max(0, 1 - calls));
    calls += wanted.length;
    if (found.text !== '' || wanted.length > 0 || part)
      listener.piece(index, { text: found.text, calls: wanted, ...(part && { part }) });
  }

  return {
    take(part: TextPart) {
      if (!reader) return tell({ text: part.text, calls: [] }, part);
      written += part.text;
      tell(reader.push(part.text), part);
    },
    end(reason: EndReason) {
      if (reader) tell(reader.flush());
      if (forced !== undefined && calls === 0)
        listener.ended(index, { finish: finishOf(reason, calls), failedGeneration: written });
      else listener.ended(index, { finish: finishOf(reason, calls) });
    },
  };
}

const finishOf = (reason: EndReason, calls: number): Ending['finish'] => {
  if (calls > 0) return 'tool_calls';
  return reason === 'length' ? 'length' : 'stop';
};
