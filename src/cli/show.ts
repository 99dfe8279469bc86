/** `ttcbench show RUN SAMPLE`: the answers of all policies below each other, with the first difference marked. */
import { plainJson, plainLines, plainText } from '../core/index.ts';
import { type ShownSample, type ShownTrial, showSample } from '../ttcbench/index.ts';
import { runFolder } from './run-folders.ts';

export function show(folder: string, sample: string, { json }: { json?: boolean }): void {
  const shown = showSample(runFolder(folder), sample);
  console.log(json ? plainJson(shown) : shown.map(pageOf).join('\n\n'));
}

/** One sample as a page: texts of several lines keep them. */
export function pageOf({ benchmark, sample, prompt, reference, trials }: ShownSample): string {
  return [
    plainText(`${sample} of ${benchmark}`),
    section('prompt', prompt),
    section('reference', reference),
    ...trials.map((trial) => section(headOf(trial), bodyOf(trial))),
  ].join('\n\n');
}

const section = (title: string, text: string) => `${plainText(title)}\n${indented(plainLines(text))}`;
const indented = (text: string) => text.replace(/^/gm, '  ');

function headOf({ policy_name, repeat, status, scores, generation_time, difference }: ShownTrial): string {
  const [score] = Object.entries(scores);
  return [
    `${policy_name}${repeat > 0 ? ` (repeat ${repeat})` : ''}: ${status}`,
    ...(score ? [`${score[0]} ${score[1].toFixed(3)}`] : []),
    ...(generation_time === null ? [] : [`${Math.round(generation_time)} ms`]),
    ...(difference ? [differenceWords(difference)] : []),
  ].join(', ');
}

function differenceWords({ character, token }: NonNullable<ShownTrial['difference']>): string {
  if (character === null) return token === null ? "the baseline's answer" : "the baseline's text, other tokens";
  const place = token === null ? `character ${character + 1}` : `token ${token + 1}, character ${character + 1}`;
  return `differs from the baseline at ${place}`;
}

/** A mark stands before the first character that differs. */
function bodyOf({ answer, error, difference }: ShownTrial): string {
  if (answer === null) return error ? `${error.code}: ${error.message}` : 'no answer';
  const at = difference?.character ?? null;
  return at === null ? answer : `${answer.slice(0, at)}⟪differs⟫${answer.slice(at)}`;
}
