/** The chat client: streams from OpenAI-compatible servers, with every time stamped where it happened. */
export * from './attempt.ts';
export * from './cassette.ts';
export * from './chat.ts';
export * from './count.ts';
export * from './deadline.ts';
export * from './ending.ts';
export * from './endpoint.ts';
export * from './http.ts';
export * from './providers.ts';
export * from './replay.ts';
export * from './secrets.ts';
export * from './transport.ts';
