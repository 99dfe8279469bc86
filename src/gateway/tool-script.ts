/** The file that says which tools the simulated model asks for. */
import { isObject } from '../client/usage.ts';
import { didYouMeanFile, readTextIfThere, TtcError } from '../core/index.ts';

/**
 * One line of the file, as JSON: `{"turn": 0, "when": "order 7", "calls": [{"name": "look_up", "arguments": {"id": 7}}]}`,
 * or `{"turn": 1, "say": "It is open."}` for an answer in these words.
 */
export interface ToolLine {
  /** How many answers with tool calls the conversation has already. */
  turn: number;
  /** Only where a message of the user holds this text. @default every conversation */
  when?: string;
  calls?: readonly ScriptedCall[];
  say?: string;
}

export interface ScriptedCall {
  name: string;
  arguments: Readonly<Record<string, unknown>>;
}

const help = 'a line is like {"turn": 0, "calls": [{"name": "look_up", "arguments": {"id": 7}}]}';

/** @throws E_DATA naming the line that is none */
export function readToolScript(path: string): ToolLine[] {
  const text = readTextIfThere(path, { help });
  if (text === undefined) throw new TtcError('E_DATA', `there is no file ${path}${didYouMeanFile(path)}`, { help });
  return text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : toolLine(line, `${path}:${i + 1}`)));
}

function toolLine(text: string, where: string): ToolLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new TtcError('E_DATA', `${where} is no JSON`, { help });
  }
  const wrong = wrongIn(line);
  if (wrong) throw new TtcError('E_DATA', `${where}: ${wrong}`, { help });
  return line as ToolLine;
}

function wrongIn(line: unknown): string | undefined {
  if (!isObject(line)) return 'it is no object';
  const { turn, when, calls = [], say } = line;
  if (!Number.isInteger(turn) || (turn as number) < 0) return 'turn must be a whole number from 0';
  if ([when, say].some((value) => value !== undefined && typeof value !== 'string')) return 'when and say are texts';
  if (!Array.isArray(calls) || !calls.every(isCall)) return 'calls must be a list of names with arguments';
  return line.calls === undefined && say === undefined ? 'it has neither calls nor say' : undefined;
}

const isCall = (value: unknown) => isObject(value) && typeof value.name === 'string' && isObject(value.arguments);
