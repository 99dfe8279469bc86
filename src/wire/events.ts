/** Server-sent events of a streamed answer. */

export const sse = (data: unknown): Buffer => Buffer.from(`data: ${JSON.stringify(data)}\n\n`);

export const done: Buffer = Buffer.from('data: [DONE]\n\n');

/** What went wrong after the head was sent: a named event, as Groq sends it. */
export const errorEvent = (body: unknown): Buffer => Buffer.from(`event: error\ndata: ${JSON.stringify(body)}\n\n`);

export const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', vary: 'Origin' };
