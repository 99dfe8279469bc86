/** Calls of tools out of the text of an answer, as Hermes and Qwen models write them: JSON between two tags. */
import { randomBytes } from 'node:crypto';
import { isObject } from '../client/usage.ts';
import type { AskedTool } from '../wire/index.ts';

const open = '<tool_call>';
const close = '</tool_call>';

export interface ToolReader {
  /** Takes text as it comes; gives what is plain text by now, and the calls that became complete. */
  push(text: string): { text: string; calls: AskedTool[] };
  /** What was held back when the answer ended. A call whose closing tag is missing counts where its JSON is whole. */
  flush(): { text: string; calls: AskedTool[] };
}

/**
 * What cannot be read as a call of one of these tools stays in the text as it was written.
 * @param begun text that stands before the first push: of a call that the answer was begun with
 */
export function createToolReader(names: readonly string[], begun = ''): ToolReader {
  let held = begun;
  let isAfterCall = false;

  function callOf(json: string): AskedTool | undefined {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      return undefined;
    }
    if (!isObject(value) || typeof value.name !== 'string' || !names.includes(value.name)) return undefined;
    const { name, arguments: given = {} } = value;
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    return { id: `call_${randomBytes(12).toString('hex')}`, name, arguments: text };
  }

  /** Line breaks around calls belong to neither text nor calls. */
  const plain = (text: string) => {
    const shown = isAfterCall ? text.trimStart() : text;
    if (shown !== '') isAfterCall = false;
    return shown;
  };

  function take(isEnd: boolean): { text: string; calls: AskedTool[] } {
    const calls: AskedTool[] = [];
    let text = '';
    for (;;) {
      const start = held.indexOf(open);
      if (start < 0) {
        const keep = isEnd ? 0 : openLength(held);
        text += plain(held.slice(0, held.length - keep));
        held = held.slice(held.length - keep);
        return { text, calls };
      }
      const end = held.indexOf(close, start);
      if (end < 0 && !isEnd) {
        const shown = start - blanksBefore(held, start);
        text += plain(held.slice(0, shown));
        held = held.slice(shown);
        return { text, calls };
      }
      const stop = end < 0 ? held.length : end;
      const call = callOf(held.slice(start + open.length, stop));
      const after = Math.min(held.length, stop + close.length);
      if (call) {
        text += plain(held.slice(0, start)).trimEnd();
        calls.push(call);
        isAfterCall = true;
      } else text += plain(held.slice(0, after));
      held = held.slice(after);
    }
  }

  return {
    push(text) {
      held += text;
      return take(false);
    },
    flush: () => take(true),
  };
}

/** How much of the end may begin the opening tag, with the blanks before it. */
function openLength(text: string): number {
  for (let length = Math.min(open.length - 1, text.length); length > 0; length--)
    if (open.startsWith(text.slice(text.length - length))) return length + blanksBefore(text, text.length - length);
  return blanksBefore(text, text.length);
}

function blanksBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && /\s/.test(text[start - 1] as string)) start--;
  return end - start;
}
