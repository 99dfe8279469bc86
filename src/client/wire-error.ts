/** Errors as servers write them, in bodies and within streams. */
import { isObject } from './usage.ts';

export interface WireError {
  message: string;
  type?: string;
  code?: string;
  status?: number;
  /** The field of the request that it is about. */
  param?: string;
}

type Fields = Record<string, unknown>;

const wordFields = ['message', 'msg', 'detail', 'error_message', 'error_description', 'description', 'title'] as const;

const textAt = (fields: Fields, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
};

/** An error field that is there and says nothing: `null`, `""`, `{}`, `{"code": 0, "message": ""}`. */
function saysNothing(value: unknown): boolean {
  if (!value) return true;
  if (Array.isArray(value)) return value.every(saysNothing);
  return isObject(value) && Object.values(value).every(saysNothing);
}

function messageOf(found: Fields, depth = 0): string {
  const text = textAt(found, ...wordFields);
  if (text !== undefined) return text;
  const inner = found.error ?? found.errors ?? found.message ?? found.detail;
  const first: unknown = Array.isArray(inner) ? inner[0] : inner;
  if (isObject(first) && !Array.isArray(first) && depth < 3) return messageOf(first, depth + 1);
  if (typeof first === 'string' && first !== '') return first;
  return JSON.stringify(found);
}

/** The field of the request that FastAPI found wrong: `{"detail": [{"loc": ["body", "seed"], "msg": …}]}`. */
function fieldOf({ detail }: Fields): string | undefined {
  const first: unknown = Array.isArray(detail) ? detail[0] : undefined;
  const place: unknown = isObject(first) && Array.isArray(first.loc) ? first.loc.at(-1) : undefined;
  return typeof place === 'string' ? place : undefined;
}

const wordOrNumber = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined;

const isStatus = (value: unknown): value is number => typeof value === 'number' && value >= 100 && value < 600;

/** An error that is the whole of what came, without a field `error` around it. */
function bareError(body: Fields): unknown {
  if (body.choices !== undefined) return undefined;
  const base = isObject(body.base_resp) ? body.base_resp : undefined;
  if (base && !saysNothing(base.status_code)) return { message: base.status_msg, code: base.status_code };
  if (body.object === 'error' || body.type === 'error' || body.status === 'error') return body;
  if (!saysNothing(body.errors)) return body;
  if (typeof body.detail === 'string' && body.detail !== '') return body;
  const hasCode = [body.code, body.status, body.status_code].some((value) => isStatus(value) && value >= 400);
  return hasCode && textAt(body, ...wordFields) !== undefined ? body : undefined;
}

/**
 * The error of a body or chunk: `{error: {…}}`, `{error: "text"}`, `x_groq.error`, the choice's own, `{object: "error"}`
 * and its like; `{message, code}` as the data of an error event.
 */
export function errorOf(body: Fields, isErrorEvent = false): WireError | undefined {
  const groq = isObject(body.x_groq) ? body.x_groq.error : undefined;
  const choice: unknown = Array.isArray(body.choices) ? body.choices[0] : undefined;
  const ofChoice = isObject(choice) ? choice.error : undefined;
  // Nearly every event of a stream leaves here.
  if (!body.error && !groq && !ofChoice && !isErrorEvent && choice !== undefined) return undefined;
  const named = [body.error, groq, ofChoice].find((value) => !saysNothing(value));
  const found = named ?? bareError(body) ?? (isErrorEvent ? body : undefined);
  if (found === undefined) return undefined;
  if (!isObject(found)) return { message: Array.isArray(found) ? messageOf({ errors: found }) : String(found) };
  const inner = isObject(found.error) ? found.error : found;
  return {
    message: messageOf(found),
    type: textAt(inner, 'type'),
    code: wordOrNumber(inner.code),
    status: [inner.status_code, inner.status, inner.code].find(isStatus),
    param: textAt(inner, 'param') ?? fieldOf(found),
  };
}
