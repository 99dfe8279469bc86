/**
 * JSON as Python reads it. JSON.parse would not do: it makes 1 and 1.0 the same, and moves keys such as "0" to the
 * front, so a template would print other text.
 */
import { type Dict, Float, type Value } from './values.ts';

const token = /[\s]*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(true|false|null)|([[\]{},:]))/y;
const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** @throws SyntaxError for text that is no JSON */
export function parseJson(text: string): Value {
  JSON.parse(text); // from here on the grammar is known to hold
  let at = 0;
  const next = (): RegExpExecArray => {
    token.lastIndex = at;
    const found = token.exec(text) as RegExpExecArray;
    at = token.lastIndex;
    return found;
  };
  const isNext = (sign: string): boolean => {
    const before = at;
    const found = next()[4] === sign;
    if (!found) at = before;
    return found;
  };
  const value = (): Value => {
    const [, string, number, word, sign] = next();
    if (string !== undefined) return JSON.parse(string) as string;
    if (number !== undefined) return numberOf(number);
    if (word !== undefined) return words[word] as boolean | null;
    return sign === '[' ? list() : dict();
  };
  const list = (): Value[] => {
    const items: Value[] = [];
    while (!isNext(']')) {
      items.push(value());
      isNext(',');
    }
    return items;
  };
  const dict = (): Dict => {
    const pairs: Dict = new Map();
    while (!isNext('}')) {
      const key = value();
      next();
      pairs.set(key, value());
      isNext(',');
    }
    return pairs;
  };
  return value();
}

/** An int beyond 2⁵³ would lose digits; as a float it at least shows that it is not exact. */
function numberOf(text: string): Value {
  const number = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number : new Float(number);
}
