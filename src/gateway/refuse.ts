/** How a request is refused before anything is streamed. */
import { errorBody } from './groq-wire.ts';

export interface Refused {
  status: number;
  body: Record<string, unknown>;
}

export const refuse = (message: string, more: Record<string, unknown> = {}, status = 400): Refused => ({
  status,
  body: errorBody(message, 'invalid_request_error', more),
});
