/**
 * The shape of a trial in a journal. It holds what readers lean on: a damaged line must not surface as an error, or as a
 * number, far away.
 */
import { isObject } from './is-object.ts';
import { wrongField } from './jobs-file.ts';

type Check = (value: unknown) => boolean;
type ListOf = (check: Check) => Check;
/** Lists of pairs: objects that are walked by name cost three times as much. */
type Shape = readonly (readonly [name: string, check: Check])[];

const statuses: readonly unknown[] = ['ok', 'failed', 'unsupported'];
const origins: readonly unknown[] = ['engine', 'server', 'estimate'];

const isText: Check = (value) => typeof value === 'string';
const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isNumber: Check = (value) => Number.isFinite(value);
/** Of milliseconds, tokens and bytes. */
const isAmount: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
/** JSON has no NaN: what a policy counted wrongly stands as null. */
const isCount: Check = (value) => value === null || Number.isFinite(value);
const isOrigin: Check = (value) => origins.includes(value);
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const isListOf: ListOf = (check) => (value) => {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (!check(value[i])) return false;
  return true;
};
const isRecordOf: ListOf = (check) => (value) => {
  if (!isObject(value)) return false;
  for (const name in value) if (!check(value[name])) return false;
  return true;
};

const shapeOf = (checks: Readonly<Record<string, Check>>): Shape => Object.entries(checks);
const hasShape =
  (shape: Shape): Check =>
  (value) =>
    isObject(value) && wrongIn(shape, value) === undefined;

/** The first field that is missing or wrong. */
function wrongIn(shape: Shape, value: Record<string, unknown>): string | undefined {
  for (const [name, check] of shape) if (!check(value[name])) return name;
  return undefined;
}

const isFailure = hasShape(shapeOf({ code: isText, message: isText }));
const isUsage = hasShape(shapeOf({ prompt: isCount, completion: isCount, origin: isText }));

/** @param list how the many numbers and texts of an answer are checked: one by one, or not at all */
function checkerWith(list: ListOf): (value: unknown) => string | undefined {
  const turn = shapeOf({
    ...{ call: isText, started_at: isTime, start: isOptional(isNumber), sent: isAmount, end: isAmount },
    ...{ at: list(isNumber), tokens: list(isAmount), prompt_tokens: isAmount, completion_tokens: isAmount },
    ...{ origin: isOrigin, texts: isOptional(list(isText)), marks: isOptional(isRecordOf(Array.isArray)) },
    ...{ reasoning: isOptional(list(isAmount)), tool_parts: isOptional(list(isAmount)) },
    ...{ events: isOptional(list(isAmount)), ids: isOptional(list(isNumber)) },
    ...{ first_answer: isOptional(isNumber), reason: isOptional(isText), error: isOptional(isFailure) },
    ...{ reasoning_tokens: isOptional(isAmount), cached_tokens: isOptional(isAmount) },
    tool_calls: isOptional(isListOf(hasShape(shapeOf({ name: isText, arguments: isText })))),
  });
  const action = shapeOf({
    ...{ name: isText, started_at: isTime, start: isNumber, end: isNumber, input: isText },
    ...{ output: isOptional(isText), error: isOptional(isFailure) },
  });
  const call = shapeOf({
    ...{ attempt: isNumber, sent: isNumber, first: isOptional(isNumber), end: isNumber, outcome: isText },
    ...{ usage: isOptional(isUsage), server: isOptional(isObject) },
  });
  const counters = shapeOf({
    ...{ sums: isRecordOf(isCount), tallies: isRecordOf(isRecordOf(isCount)), calls: isListOf(hasShape(call)) },
  });
  const whole = shapeOf({
    ...{ ended_at: isTime, wall_ms: isOptional(isAmount), scores: isRecordOf(isNumber), encoder: isOptional(isText) },
    ...{ error: isOptional(isFailure), replays: isOptional(isAmount) },
    answer: isOptional(hasShape(shapeOf({ text: isText, trajectory: isOptional(isListOf(isText)) }))),
  });
  return (value) => {
    if (!isObject(value)) return 'no object';
    const { schema, status, turns, actions = [] } = value;
    if (schema !== 1 && schema !== 2) return `schema ${String(schema)} is not known`;
    if (!statuses.includes(status)) return `status ${String(status)} is not known`;
    const wrong = wrongField(value) ?? wrongIn(whole, value);
    if (wrong !== undefined) return `${wrong} is missing or wrong`;
    if (!Array.isArray(turns)) return 'turns is missing or wrong';
    if (!Array.isArray(actions)) return 'actions is wrong';
    return (
      firstProblem('turns', turn, turns) ??
      firstProblem('actions', action, actions) ??
      firstProblem('counters', counters, [value.counters]) ??
      (status === 'ok' && value.answer === undefined ? 'answer is missing' : undefined)
    );
  };
}

function firstProblem(name: string, shape: Shape, values: readonly unknown[]): string | undefined {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const wrong = isObject(value) ? wrongIn(shape, value) : 'all of it';
    if (wrong !== undefined) return `${name}[${i}].${wrong} is missing or wrong`;
  }
  return undefined;
}

/** Why a value is no trial; undefined where it is one. */
export const problemOfTrial = checkerWith(isListOf);

/** The same for a line whose checksum fits: what stands in its long lists is what was written. */
export const problemOfSealedTrial = checkerWith(() => Array.isArray);

/** The shape of scores that were computed after their trial. */
export const isRescored = hasShape(
  shapeOf({ key: isText, scores: isRecordOf(isNumber), encoder: isOptional(isText), error: isOptional(isFailure) }),
);
