/** Errors as OpenAI's API writes them. */

export interface Refused {
  status: number;
  body: Record<string, unknown>;
}

export const errorBody = (
  message: string,
  type: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({ error: { message, type, ...more } });

/** How a request is refused before anything is streamed. */
export const refuse = (message: string, more: Record<string, unknown> = {}, status = 400): Refused => ({
  status,
  body: errorBody(message, 'invalid_request_error', more),
});

export const modelNotFound = (model: string): Record<string, unknown> =>
  errorBody(`The model \`${model}\` does not exist or you do not have access to it.`, 'invalid_request_error', {
    code: 'model_not_found',
  });

export const invalidKey = errorBody('Invalid API Key', 'invalid_request_error', { code: 'invalid_api_key' });
