/** The wire format of chat completions, from the server's side: what the simulator and `serve` both read and write. */
export * from './answer.ts';
export * from './error-body.ts';
export * from './events.ts';
export * from './read-messages.ts';
export * from './read-tools.ts';
