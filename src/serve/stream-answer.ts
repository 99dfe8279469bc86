/** Events of a streamed answer, and the same answers in one piece. */
import {
  type AnswerHead,
  type AskedTool,
  choice,
  chunk,
  done,
  errorBody,
  errorEvent,
  roleChunk,
  sse,
  type UsageFacts,
  usageFields,
  usageSoFar,
  type WholeChoice,
  wholeAnswer,
  wholeCalls,
} from '../wire/index.ts';
import { logprobFields } from './logprob-fields.ts';
import type { Ending, Listener, Piece } from './play.ts';
import type { ServeRequest } from './read-request.ts';

/** Takes what the answers give and puts it together for the client. */
export interface Writer extends Listener {
  /** The end of a good answer. */
  finish(usage: UsageFacts): void;
}

export interface Streamed extends Writer {
  /** Said after the first event was sent. */
  fail(body: unknown): void;
  /** Tokens whose text was written so far. */
  sent(): number;
}

/** @param write takes the bytes of one event */
export function streamAnswer(request: ServeRequest, head: AnswerHead, write: (bytes: Buffer) => void): Streamed {
  const { model, call, tokenIds, includeUsage, n } = request;
  let written = 0;
  const soFar = () => (request.continuousUsage ? usageSoFar(request.promptTokens, written) : {});
  const calls: number[] = new Array(n).fill(0);
  const begun = new Set<number>();
  const endings = new Map<number, Ending>();

  const event = (index: number, delta: Record<string, unknown>, part?: Piece['part']) => {
    const logprobs = part?.logprobs ? logprobFields(part.logprobs, model.tokenizer) : null;
    const fields = choice(delta, null, logprobs, index);
    write(sse(chunk(head, [{ ...fields, ...(tokenIds && part?.ids && { token_ids: part.ids }) }], soFar())));
  };
  const begin = (index: number) => {
    if (!begun.has(index)) write(sse(roleChunk(head, index, soFar())));
    begun.add(index);
  };
  const toolEvent = (index: number, { id, name, arguments: text }: AskedTool) => {
    const at = calls[index] as number;
    calls[index] = at + 1;
    event(index, { tool_calls: [{ index: at, id, type: 'function', function: { name, arguments: text } }] });
  };

  return {
    piece(index, { text, calls: asked, part }) {
      begin(index);
      written += part?.ids?.length ?? 0;
      if (text !== '' || (part && (tokenIds || call.logprobs !== undefined))) event(index, { content: text }, part);
      for (const tool of asked) toolEvent(index, tool);
    },
    ended(index, ending) {
      begin(index);
      endings.set(index, ending);
    },
    finish(usage) {
      const failed = [...endings.values()].find(({ failedGeneration }) => failedGeneration !== undefined);
      if (failed) return this.fail(toolUseFailed(failed));
      const fields = usageFields(usage, head.flavour);
      for (const [index, { finish }] of endings) {
        const isLast = index === [...endings.keys()].at(-1);
        const own = { x_groq: { id: head.requestId, ...(isLast && !includeUsage && { usage: fields }) } };
        write(sse(chunk(head, [choice({}, finish, null, index)], { ...(isLast && own), ...soFar() })));
      }
      if (includeUsage) write(sse(chunk(head, [], { usage: fields })));
      write(done);
    },
    fail: (body) => write(errorEvent(body)),
    sent: () => written,
  };
}

/** What an answer says that had to call a tool and did not. */
export const toolUseFailed = ({ failedGeneration }: Ending) =>
  errorBody('Tool choice is required, but model did not call a tool', 'invalid_request_error', {
    code: 'tool_use_failed',
    failed_generation: failedGeneration,
    status_code: 400,
  });

export interface Collected extends Writer {
  /** Status and body, once finished. */
  answer(): { status: number; body: Record<string, unknown> };
}

export function collectAnswer(request: ServeRequest, head: AnswerHead): Collected {
  const { model, call, n, tokenIds } = request;
  const answers = Array.from({ length: n }, () => ({
    text: '',
    calls: [] as AskedTool[],
    ids: [] as number[],
    logprobs: [] as NonNullable<NonNullable<Piece['part']>['logprobs']>[number][],
    ending: undefined as Ending | undefined,
  }));
  let usage: UsageFacts | undefined;
  return {
    piece(index, { text, calls, part }) {
      const answer = answers[index]!;
      answer.text += text;
      answer.calls.push(...calls);
      answer.ids.push(...(part?.ids ?? []));
      answer.logprobs.push(...(part?.logprobs ?? []));
    },
    ended(index, ending) {
      answers[index]!.ending = ending;
    },
    finish(facts) {
      usage = facts;
    },
    answer() {
      const failed = answers.find(({ ending }) => ending?.failedGeneration !== undefined);
      if (failed) return { status: 400, body: toolUseFailed(failed.ending as Ending) };
      const choices = answers.map(
        ({ text, calls, ids, logprobs, ending }): WholeChoice => ({
          message: calls.length > 0 ? { content: text || null, tool_calls: wholeCalls(calls) } : { content: text },
          finish: ending?.finish ?? 'stop',
          logprobs: call.logprobs === undefined ? null : logprobFields(logprobs, model.tokenizer),
          ...(tokenIds && { more: { token_ids: ids } }),
        }),
      );
      return { status: 200, body: wholeAnswer(head, choices, usageFields(usage as UsageFacts, head.flavour)) };
    },
  };
}
