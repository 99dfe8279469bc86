/** What can go wrong in a template. The room of templates knows no other error; callers give it a code. */

/**
 * - `syntax`: the source cannot be read.
 * - `runtime`: a value does not fit what the template does with it.
 * - `raised`: the template refused its input in words of its own, through `raise_exception`.
 * - `limit`: the template took more steps, text or nesting than it may.
 */
export type JinjaErrorKind = 'syntax' | 'runtime' | 'raised' | 'limit';

export class JinjaError extends Error {
  readonly kind: JinjaErrorKind;
  constructor(kind: JinjaErrorKind, message: string) {
    super(message);
    this.name = 'JinjaError';
    this.kind = kind;
  }
}

/** Ends rendering because a value does not fit. */
export function refuse(message: string): never {
  throw new JinjaError('runtime', message);
}
