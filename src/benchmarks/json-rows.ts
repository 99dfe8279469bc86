/** Rows of a JSON list or of JSON Lines, each with its place. What the parser says quotes the file, so only the place is taken from it. */
export type JsonRow = { where: string; value: unknown } | { where: string; problem: string };

export function* jsonRows(content: string): Generator<JsonRow> {
  const text = content.replace(/^\uFEFF/, '');
  if (text.trimStart().startsWith('[')) return yield* listed(text);
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries())
    if (line.trim() !== '') yield parsed(line, `line ${i + 1}`);
}

function* listed(text: string): Generator<JsonRow> {
  const whole = parsed(text, 'the list');
  if ('problem' in whole) yield whole;
  else for (const [i, value] of (whole.value as unknown[]).entries()) yield { where: `row ${i + 1}`, value };
}

function parsed(text: string, where: string): JsonRow {
  try {
    return { where, value: JSON.parse(text) as unknown };
  } catch (cause) {
    const position = /at position (\d+)/.exec((cause as Error).message)?.[1];
    return { where, problem: `not JSON${position === undefined ? '' : `, from character ${Number(position) + 1} on`}` };
  }
}
