/**
 * The shape of a trial in a journal. It holds what readers lean on: a damaged line must not surface as an error, or as a
 * number, far away.
 */
import { isObject } from './is-object.ts';
import { wrongField } from './jobs-file.ts';

const statuses: readonly unknown[] = ['ok', 'failed', 'unsupported'];
const origins: readonly unknown[] = ['engine', 'server', 'estimate'];

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string';
const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isNumber: Check = (value) => Number.isFinite(value);
/** Of milliseconds, tokens and bytes. */
const isAmount: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
/** JSON has no NaN: what a policy counted wrongly stands as null. */
const isCount: Check = (value) => value === null || Number.isFinite(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isRecordOf =
  (check: Check): Check =>
  (value) => {
    if (!isObject(value)) return false;
    for (const name in value) if (!check(value[name])) return false;
    return true;
  };
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const hasShape =
  (shape: Shape): Check =>
  (value) =>
    isObject(value) && wrongIn(shape, value) === undefined;

/** The first field that is missing or wrong. */
function wrongIn(shape: Shape, value: Record<string, unknown>): string | undefined {
  for (const name in shape) if (!(shape[name] as Check)(value[name])) return name;
  return undefined;
}

const isFailure = hasShape({ code: isText, message: isText });

const turn: Shape = {
  ...{ call: isText, started_at: isTime, start: isOptional(isNumber), sent: isAmount, end: isAmount },
  ...{ at: isListOf(isNumber), tokens: isListOf(isAmount), prompt_tokens: isAmount, completion_tokens: isAmount },
  origin: (value) => origins.includes(value),
  ...{ texts: isOptional(isListOf(isText)), marks: isOptional(isRecordOf(Array.isArray)) },
  ...{ reasoning: isOptional(isListOf(isAmount)), tool_parts: isOptional(isListOf(isAmount)) },
  ...{ events: isOptional(isListOf(isAmount)), ids: isOptional(isListOf(isNumber)) },
  ...{ first_answer: isOptional(isNumber), reason: isOptional(isText), error: isOptional(isFailure) },
  ...{ reasoning_tokens: isOptional(isAmount), cached_tokens: isOptional(isAmount) },
  tool_calls: isOptional(isListOf(hasShape({ name: isText, arguments: isText }))),
};

const action: Shape = {
  ...{ name: isText, started_at: isTime, start: isNumber, end: isNumber, input: isText },
  ...{ output: isOptional(isText), error: isOptional(isFailure) },
};

const call: Shape = {
  ...{ attempt: isNumber, sent: isNumber, first: isOptional(isNumber), end: isNumber, outcome: isText },
  usage: isOptional(hasShape({ prompt: isCount, completion: isCount, origin: isText })),
  server: isOptional(isObject),
};

const counters: Shape = {
  ...{ sums: isRecordOf(isCount), tallies: isRecordOf(isRecordOf(isCount)), calls: isListOf(hasShape(call)) },
};

const rest: Shape = {
  ...{ ended_at: isTime, wall_ms: isOptional(isAmount), scores: isRecordOf(isNumber), encoder: isOptional(isText) },
  ...{ error: isOptional(isFailure), replays: isOptional(isAmount) },
  answer: isOptional(hasShape({ text: isText, trajectory: isOptional(isListOf(isText)) })),
};

/** Why a value is no trial; undefined where it is one. */
export function problemOfTrial(value: unknown): string | undefined {
  if (!isObject(value)) return 'no object';
  const { schema, status, turns, actions = [] } = value;
  if (schema !== 1 && schema !== 2) return `schema ${String(schema)} is not known`;
  if (!statuses.includes(status)) return `status ${String(status)} is not known`;
  const wrong = wrongField(value) ?? wrongIn(rest, value);
  if (wrong !== undefined) return `${wrong} is missing or wrong`;
  if (!Array.isArray(turns)) return 'turns is missing or wrong';
  if (!Array.isArray(actions)) return 'actions is wrong';
  return (
    firstProblem('turns', turn, turns) ??
    firstProblem('actions', action, actions) ??
    problemOfCounters(value.counters) ??
    (status === 'ok' && value.answer === undefined ? 'answer is missing' : undefined)
  );
}

function firstProblem(name: string, shape: Shape, values: readonly unknown[]): string | undefined {
  for (const [i, value] of values.entries()) {
    const wrong = isObject(value) ? wrongIn(shape, value) : 'all of it';
    if (wrong !== undefined) return `${name}[${i}].${wrong} is missing or wrong`;
  }
  return undefined;
}

function problemOfCounters(value: unknown): string | undefined {
  const wrong = isObject(value) ? wrongIn(counters, value) : 'all of it';
  return wrong === undefined ? undefined : `counters.${wrong} is missing or wrong`;
}

/** The shape of scores that were computed after their trial. */
export const isRescored = hasShape({
  ...{ key: isText, scores: isRecordOf(isNumber), encoder: isOptional(isText), error: isOptional(isFailure) },
});
