/** The tools of a request, and which of them may or must be called. */
import { isObject } from '../client/usage.ts';
import type { Flavour } from './answer.ts';
import { type Refused, refuse } from './error-body.ts';

export interface RequestTool {
  name: string;
  description?: string;
  parameters?: unknown;
}

export type ToolChoice = 'none' | 'auto' | 'required' | { name: string };

/** What a request says of tools, or how that is refused. */
export function readTools(
  body: Record<string, unknown>,
  flavour: Flavour,
): { tools: RequestTool[]; toolChoice: ToolChoice } | Refused {
  const tools = toolsOf(body.tools);
  if (!tools) return refuse("'tools' : each must be a function with a name", { param: 'tools' });
  const toolChoice = toolChoiceOf(body.tool_choice);
  if (!toolChoice)
    return refuse("'tool_choice' : must be none, auto, required or a function", { param: 'tool_choice' });
  const isGiven = body.tool_choice !== undefined && body.tool_choice !== null;
  if (isGiven && tools.length === 0) return withoutTools(toolChoice, flavour) ?? { tools, toolChoice };
  if (typeof toolChoice === 'object' && !tools.some(({ name }) => name === toolChoice.name))
    return refuse(`tool choice function ${toolChoice.name} was not in the provided tools`, { param: 'tool_choice' });
  return { tools, toolChoice };
}

/** A choice among tools where there are none. */
function withoutTools(choice: ToolChoice, flavour: Flavour): Refused | undefined {
  if (flavour === 'groq' && (choice === 'none' || choice === 'auto')) return undefined;
  const message =
    flavour === 'groq'
      ? 'Tool choice is required, but no tools were given'
      : "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.";
  return refuse(message, { param: 'tool_choice' });
}

/** Undefined where one is malformed. */
function toolsOf(value: unknown): RequestTool[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const tools = value.map((tool) => {
    const called = isObject(tool) && tool.type === 'function' && isObject(tool.function) ? tool.function : {};
    if (typeof called.name !== 'string') return undefined;
    const { name, description, parameters } = called;
    return { name, ...(typeof description === 'string' && { description }), parameters };
  });
  return tools.every((tool) => tool !== undefined) ? tools : undefined;
}

/** Undefined where it is malformed. */
function toolChoiceOf(value: unknown): ToolChoice | undefined {
  if (value === undefined || value === null) return 'auto';
  if (value === 'none' || value === 'auto' || value === 'required') return value;
  const called = isObject(value) && isObject(value.function) ? value.function : {};
  return typeof called.name === 'string' ? { name: called.name } : undefined;
}
