/** Numbers out of flags that no configuration knows. */
import { TtcError } from '../core/error.ts';

/** @throws E_ARGUMENT for what is no number of the range */
export function number(
  name: string,
  text: string | undefined,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  throw new TtcError('E_ARGUMENT', `--${name} must be a number ${range}, not ${JSON.stringify(text)}`);
}

export function whole(name: string, text: string | undefined, min: number, max?: number): number | undefined {
  const value = number(name, text, min, max);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new TtcError('E_ARGUMENT', `--${name} must be a whole number, not ${JSON.stringify(text)}`);
}
