/** Pieces of tool calls out of a chunk or a whole answer, and which call of the answer each belongs to. */
import { isObject } from './usage.ts';

/** A piece as the server sent it. */
export interface ToolDelta {
  /** The server's own count. Absent where it does not count. */
  index?: number;
  id?: string;
  name?: string;
  arguments: string;
}

type Fields = Record<string, unknown>;

const textAt = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Some servers send the arguments as an object and not as its JSON. */
const argumentsOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

function toolDelta(entry: unknown): ToolDelta {
  const fields = isObject(entry) ? entry : {};
  const called = isObject(fields.function) ? fields.function : {};
  return {
    ...(typeof fields.index === 'number' && { index: fields.index }),
    id: textAt(fields, 'id'),
    name: textAt(called, 'name'),
    arguments: argumentsOf(called.arguments),
  };
}

/** `tool_calls`, or `function_call` as servers had it before there were several. Undefined where there is neither. */
export function toolDeltasOf(delta: Fields): ToolDelta[] | undefined {
  if (Array.isArray(delta.tool_calls) && delta.tool_calls.length > 0) return delta.tool_calls.map(toolDelta);
  return isObject(delta.function_call) ? [toolDelta({ index: 0, function: delta.function_call })] : undefined;
}

/** A piece with the place of its call in the answer, from 0. Id and name only where they are new. */
export type PlacedDelta = ToolDelta & { index: number };

/**
 * Most servers count their calls. Some give every call the index 0 or none: then another id, or a name where the call
 * has one, begins the next call.
 */
export function createToolPlaces(): (delta: ToolDelta) => PlacedDelta {
  const calls: { counted: number | undefined; id?: string; name?: string }[] = [];

  function isNext(call: (typeof calls)[number], { index, id, name }: ToolDelta): boolean {
    if (id !== undefined && call.id !== undefined) return id !== call.id;
    return index === undefined && name !== undefined && call.name !== undefined;
  }

  return (delta) => {
    let at = calls.findLastIndex(({ counted }) => delta.index === undefined || counted === delta.index);
    if (at === -1 || isNext(calls[at]!, delta)) at = calls.push({ counted: delta.index }) - 1;
    const call = calls[at]!;
    const id = call.id === undefined ? delta.id : undefined;
    const name = call.name === undefined ? delta.name : undefined;
    call.id ??= delta.id;
    call.name ??= delta.name;
    return {
      index: at,
      arguments: delta.arguments,
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
    };
  };
}
