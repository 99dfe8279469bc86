/** The body of a request as JSON, or how it is refused. */
import { type Refused, refuse } from '../wire/index.ts';

/** Brackets within brackets: no client's request comes near, and what walks a deeper one may run out of stack. */
const deepest = 100;

export function readBody(bytes: Uint8Array): { body: unknown } | Refused {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('request body is not valid UTF-8', { code: 'invalid_utf8' });
  }
  if (depthOf(text) > deepest)
    return refuse(`request body is nested deeper than ${deepest} levels`, { code: 'nested_too_deep' });
  try {
    return { body: JSON.parse(text) };
  } catch {
    return refuse('request body is not valid JSON', { code: 'invalid_json' });
  }
}

/** Most brackets that are open at a time, outside of strings. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) isString = false;
    } else if (code === 0x22) isString = true;
    else if (code === 0x5b || code === 0x7b) most = Math.max(most, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return most;
}
