/** One chat request, from its body to its last byte, its bill and its line in the books. */
import type { ServerResponse } from 'node:http';
import { type Counters, elapsed, now, TtcError } from '../core/index.ts';
import { errorBody, type Refused, streamHeaders } from '../wire/index.ts';
import { headOf } from './answer-head.ts';
import { type Entry, type Outcome, type Times, usageOf } from './bill.ts';
import { errorAnswer } from './error-answer.ts';
import type { Gate } from './gate.ts';
import { play } from './play.ts';
import { readBody } from './read-body.ts';
import { type RequestLimits, readRequest, type ServeRequest } from './read-request.ts';
import type { ServedModel } from './served-model.ts';
import { collectAnswer, streamAnswer } from './stream-answer.ts';

export interface ChatRoom {
  models: readonly ServedModel[];
  limits: RequestLimits;
  gateOf(model: ServedModel): Gate;
  /** Told of every request, when it is over. */
  note(entry: Entry): void;
}

/** A client that reads so much slower than it is written to is taken for gone. */
const mostUnread = 4 * 2 ** 20;

/** Never throws: what goes wrong is told to the client, where one is left. */
export async function answerChat(
  room: ChatRoom,
  bytes: Uint8Array,
  received: bigint,
  response: ServerResponse,
): Promise<void> {
  const read = readBody(bytes);
  const request = 'status' in read ? read : readRequest(read.body, room.models, room.limits);
  if ('status' in request) return refuseChat(room, request, received, response);
  const gate = room.gateOf(request.model);
  if (!gate.enter(request.n)) return refuseChat(room, busy(gate), received, response, request);
  try {
    await playInto(room, request, { received }, response);
  } finally {
    gate.leave(request.n, elapsed(received, now()) / 1000);
  }
}

type Refusal = Refused & { headers?: Record<string, string> };

const busy = ({ slots, waiting, retryAfter }: Gate): Refusal => ({
  status: 429,
  body: errorBody(`${slots} answers are running and ${waiting} are waiting: try again later`, 'requests', {
    code: 'queue_full',
  }),
  headers: { 'retry-after': String(retryAfter()) },
});

export function sendJson(response: ServerResponse, { status, body, headers }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  response.end(bytes);
}

/** A refusal and its line in the books. */
export function refuseChat(
  { note }: Pick<ChatRoom, 'note'>,
  refusal: Refusal,
  received: bigint,
  response: ServerResponse,
  request?: ServeRequest,
): void {
  sendJson(response, refusal);
  const { error } = refusal.body as { error?: { code?: string } };
  const asked = { model: request?.model.name ?? null, stream: request?.stream ?? false, answers: request?.n ?? 0 };
  note({ ...entryOf(asked, { received }, []), status: refusal.status, outcome: 'refused', code: error?.code ?? null });
}

type Asked = Pick<Entry, 'model' | 'stream' | 'answers'>;

function entryOf(asked: Asked, times: Times, counters: readonly Counters[], predicted = false): Entry {
  const ended = now();
  const { received, first } = times;
  const usage = counters.length > 0 ? usageOf(counters, times, predicted) : undefined;
  const rounded = (milliseconds: number) => Number(milliseconds.toFixed(3));
  const total = rounded(elapsed(received, ended));
  return {
    at: new Date(Date.now() - total).toISOString(),
    id: null,
    ...asked,
    outcome: 'ok',
    status: 200,
    code: null,
    prompt_tokens: usage?.prompt ?? 0,
    completion_tokens: usage?.completion ?? 0,
    sent_tokens: 0,
    accepted_prediction_tokens: usage?.prediction?.accepted ?? 0,
    rejected_prediction_tokens: usage?.prediction?.rejected ?? 0,
    queue_ms: rounded(usage?.queueTime ?? 0),
    first_ms: first === undefined ? null : rounded(elapsed(received, first)),
    total_ms: total,
  };
}

async function playInto(room: ChatRoom, request: ServeRequest, times: Times, response: ServerResponse): Promise<void> {
  const head = headOf(request);
  const controller = new AbortController();
  const left = () => {
    if (!response.writableFinished) controller.abort(new TtcError('E_ABORTED', 'the client has gone'));
  };
  response.once('close', left);
  if (response.destroyed) left();
  const headers = { 'x-request-id': head.requestId };

  function write(bytes: Buffer): void {
    if (!response.headersSent) response.writeHead(200, { ...streamHeaders, ...headers });
    response.write(bytes);
    if (response.writableLength > mostUnread) response.destroy();
  }

  const streamed = request.stream ? streamAnswer(request, head, write) : undefined;
  const collected = request.stream ? undefined : collectAnswer(request, head);
  const counters: Counters[] = [];
  const predicted = request.call.prediction !== undefined;
  const asked = { model: request.model.name, stream: request.stream, answers: request.n };
  const note = (outcome: Outcome, status: number, code: string | null) => {
    const entry = entryOf(asked, times, counters, predicted);
    const sent = streamed?.sent() ?? (outcome === 'ok' ? entry.completion_tokens : 0);
    room.note({ ...entry, id: head.id, outcome, status, code, sent_tokens: sent });
  };
  try {
    await play(request, times, counters, controller.signal, streamed ?? (collected as NonNullable<typeof collected>));
    const usage = usageOf(counters, times, predicted);
    (streamed ?? collected)?.finish(usage);
    const answer = collected?.answer();
    if (answer) sendJson(response, { ...answer, headers });
    else response.end();
    note('ok', answer?.status ?? 200, null);
  } catch (error) {
    if (controller.signal.aborted) return note('cancelled', response.headersSent ? 200 : 499, 'E_ABORTED');
    const failure = errorAnswer(error);
    const { code } = (failure.body as { error: { code: string } }).error;
    if (streamed && response.headersSent) {
      streamed.fail(failure.body);
      response.end();
    } else sendJson(response, { ...failure, headers });
    note('failed', failure.status, code);
  } finally {
    response.off('close', left);
  }
}
