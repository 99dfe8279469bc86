/** Which tools the simulated model asks for, and the pieces in which it does. */
import { hash } from '../core/index.ts';
import type { AskedTool, RequestTool } from '../wire/index.ts';
import type { ChatRequest } from './request-body.ts';
import type { ScriptedCall, ToolLine } from './tool-script.ts';
import type { SimulatedMessage } from './words.ts';

export type SpokenCall = AskedTool;

/** Characters of a token of arguments. */
const perToken = 4;

/** What the script says about this request; undefined where it says nothing. */
export function lineFor(script: readonly ToolLine[], messages: readonly SimulatedMessage[]): ToolLine | undefined {
  const turn = messages.filter(({ toolCalls }) => toolCalls).length;
  const asked = messages.flatMap(({ role, content }) => (role === 'user' ? [content] : []));
  return script.find((line) => line.turn === turn && asked.some((content) => content.includes(line.when ?? '')));
}

/**
 * The calls of an answer: those of the script, as far as `tool_choice` lets it. Where a tool is demanded that the
 * script does not ask for, it is called with arguments that fit its schema.
 */
export function spokenCalls(request: ChatRequest, line: ToolLine | undefined, seed: number): SpokenCall[] {
  const { tools, toolChoice, messages, parallelTools } = request;
  if (tools.length === 0 || toolChoice === 'none') return [];
  const calls = demanded(line?.calls ?? [], tools, toolChoice);
  // A function of what was asked, not of when: calls of two runs are then equal, up to their ids.
  return calls.slice(0, parallelTools ? undefined : 1).map((call, i) => ({
    id: `call_${hash([seed, messages, call, i]).slice(0, 24)}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
}

function demanded(
  scripted: readonly ScriptedCall[],
  tools: readonly RequestTool[],
  choice: ChatRequest['toolChoice'],
): readonly ScriptedCall[] {
  if (choice === 'auto') return scripted;
  if (choice === 'required' && scripted.length > 0) return scripted;
  const name = typeof choice === 'object' ? choice.name : tools[0]!.name;
  const fitting = scripted.filter((call) => call.name === name);
  return fitting.length > 0 ? fitting : [{ name, arguments: argumentsFor(tools.find((tool) => tool.name === name)) }];
}

/** Something for each required property. */
function argumentsFor(tool: RequestTool | undefined): Record<string, unknown> {
  const { properties = {}, required = [] } = (tool?.parameters ?? {}) as {
    properties?: Record<string, { type?: string }>;
    required?: string[];
  };
  const examples: Record<string, unknown> = { number: 1, integer: 1, boolean: true, array: [], object: {} };
  return Object.fromEntries(required.map((name) => [name, examples[properties[name]?.type ?? ''] ?? name]));
}

/** Deltas as OpenAI sends them: id and name first, then the arguments token by token. */
export function toolDeltas(calls: readonly SpokenCall[]): Record<string, unknown>[] {
  return calls.flatMap(({ id, name, arguments: text }, index) => {
    const pieces = text.match(new RegExp(`[^]{1,${perToken}}`, 'g')) ?? [];
    const delta = (call: object) => ({ tool_calls: [{ index, ...call }] });
    return [
      delta({ id, type: 'function', function: { name, arguments: '' } }),
      ...pieces.map((piece) => delta({ function: { arguments: piece } })),
    ];
  });
}
