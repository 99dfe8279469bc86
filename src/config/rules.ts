/** What a value may be: plain rules, so that `--help` can read the settings without loading a parser. */
import { didYouMean } from '../core/nearest.ts';
import type { Shot } from '../core/run.ts';
import { show } from './show.ts';

export interface Rule<T> {
  holds(value: unknown): boolean;
  /** What is wrong with a value for which it does not hold. */
  complain(value: unknown): string;
  /** Never there: carries the type of the values for which it holds. */
  readonly type?: T;
}

function rule<T>(what: string, holds: (value: unknown) => boolean): Rule<T> {
  return { holds, complain: (value) => `must be ${what}, not ${show(value)}` };
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const between = (value: unknown, min: number, max: number) => isNumber(value) && value >= min && value <= max;
const isWhole = (value: unknown, min: number, max: number) => Number.isInteger(value) && between(value, min, max);
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isTextList = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isText);
const isUrl = (value: unknown) => isText(value) && URL.canParse(value) && /^https?:/i.test(value);
const isMapOf = (value: unknown, holds: (one: unknown) => boolean) => isMap(value) && Object.values(value).every(holds);

export const whole = (min: number, max: number) =>
  rule<number>(`a whole number from ${min} to ${max}`, (value) => isWhole(value, min, max));
export const wholeOr = <W extends string>(min: number, max: number, word: W) =>
  rule<number | W>(
    `a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}, or ${word}`,
    (value) => value === word || isWhole(value, min, max),
  );
export const number = (min: number, max: number) =>
  rule<number>(`a number from ${min} to ${max}`, (value) => between(value, min, max));
export const above0 = (max: number) =>
  rule<number>(`a number above 0 and at most ${max}`, (value) => between(value, Number.MIN_VALUE, max));
export const positive = (what: string) => rule<number>(`${what} above 0`, (value) => isNumber(value) && value > 0);
export const seconds = rule<number>('seconds above 0 and at most 86400', (value) =>
  between(value, Number.MIN_VALUE, 86_400),
);
export const text = rule<string>('a text', isText);
export const texts = rule<string | string[]>(
  'a text or a list of texts',
  (value) => isText(value) || isTextList(value),
);
export const yes = rule<boolean>('true or false', (value) => typeof value === 'boolean');
export const urls = rule<string | string[]>('an http or https URL, or a list of them', (value) =>
  Array.isArray(value) ? value.length > 0 && value.every(isUrl) : isUrl(value),
);
/** Numbers by the names of metrics. */
export const widths = (what: string) =>
  rule<Record<string, number>>(`a map of metric names to ${what} from 0`, (value) =>
    isMapOf(value, (one) => between(one, 0, Number.MAX_VALUE)),
  );
export const paths = rule<Record<string, string>>('a map of benchmark names to paths', (value) =>
  isMapOf(value, isText),
);
/** What a request says for itself: another value here would be another run than the one on record. */
const ownFields = ['model', 'messages', 'stream'];
/** More fields of a request's body. */
export const bodyFields = rule<Record<string, unknown>>(
  `a map of fields of a request, without ${ownFields.join(', ')}`,
  (value) => isMap(value) && ownFields.every((name) => !Object.hasOwn(value, name)),
);
export const mapOf = (what: string) => rule<Record<string, unknown>>(`a map ${what}`, isMap);
export const template = rule<string>(
  'a text with {prompt} in it',
  (value) => isText(value) && value.includes('{prompt}'),
);
const isShot = (value: unknown): value is Shot =>
  isMap(value) &&
  isText(value.prompt) &&
  isText(value.reference) &&
  Object.keys(value).every((key) => ['prompt', 'reference'].includes(key));
/** Worked examples: a number of the benchmark's own, the path of a file, or the examples themselves. */
export const shots = rule<number | string | Shot[]>(
  'a whole number from 0 to 64, the path of a .jsonl file, or a list of examples with prompt and reference',
  (value) =>
    isWhole(value, 0, 64) ||
    (isText(value) && /\.jsonl$/i.test(value)) ||
    (Array.isArray(value) && value.length > 0 && value.length <= 64 && value.every(isShot)),
);
/** White space is a stop string like another. */
export const stops = rule<string | string[]>('a text, or a list of up to 16 texts, which may be empty', (value) =>
  [value].flat().every((one) => typeof one === 'string' && one !== '' && [value].flat().length <= 16),
);
/** Checked where names are known: `selection.ts`. */
export const anything: Rule<unknown> = { holds: () => true, complain: () => '' };

export function oneOf<T extends string>(names: readonly T[]): Rule<T> {
  return {
    holds: (value) => names.includes(value as T),
    complain(value) {
      const hint = typeof value === 'string' ? didYouMean(value, names) : '';
      return `must be one of ${names.join(', ')}, not ${show(value)}${hint}`;
    },
  };
}

/** The value is not shown: it may be the key itself. */
export const variableName: Rule<string> = {
  holds: (value) => isText(value) && /^[A-Za-z_]\w*$/.test(value) && !/^(gsk_|sk[-_])/.test(value),
  complain: () => 'must be the name of an environment variable, never the key itself',
};
