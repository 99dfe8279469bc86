import type { AnswerFilter } from '../core/index.ts';

/** Leaves out the started answer where a server says it again before it goes on. What comes after goes to `inner`. */
export function createEchoFilter(started: string, inner: AnswerFilter): AnswerFilter {
  const echo = started.trimStart();
  let held: { piece: string; at: bigint }[] = [];
  let said = '';
  let isOver = echo === '';

  function release(): void {
    isOver = true;
    for (const { piece, at } of held) inner.take(piece, at);
    held = [];
  }

  return {
    take(piece, at) {
      if (isOver) return inner.take(piece, at);
      held.push({ piece, at });
      said = (said + piece).trimStart();
      if (said.startsWith(echo)) {
        isOver = true;
        held = [];
        const rest = said.slice(echo.length);
        return rest !== '' && inner.take(rest, at);
      }
      if (echo.startsWith(said)) return false;
      release();
      return true;
    },
    end() {
      if (!isOver) release();
      inner.end();
    },
  };
}
