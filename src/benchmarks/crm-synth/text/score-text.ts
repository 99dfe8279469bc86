/** How answers of levels 1 and 2 are scored; all in [0, 1]. */
import { refusesByRules, rouge, tokenF1 } from '../../../scorers/index.ts';
import { countItems, multisetOverlap, precisionRecall } from '../../../scorers/precision-recall.ts';
import { capped, pointsHeld } from '../../match-text.ts';
import type { TextScore } from './task.ts';

export interface Scored {
  reference: string;
  points: readonly string[];
}

/** Characters of an answer that has to hold one fact: a prompt is longer. */
const mostCharacters = 120;

/** An answer is cut at twice its reference: who repeats the prompt finds every fact, but answers nothing. */
const scorers: Readonly<Record<TextScore, (text: string, about: Scored) => number>> = {
  token_f1: (text, { reference }) => tokenF1(text, reference).f1,
  rouge_l: (text, { reference }) => rouge(text, reference).rougeL.f1,
  points: (text, { reference, points }) => pointsHeld(capped(text, reference), points),
  contained: (text, { reference, points }) =>
    refusesByRules(text) === 1 || text.length > Math.max(mostCharacters, 2 * reference.length)
      ? 0
      : pointsHeld(text, points),
  refusal: (text) => refusesByRules(text),
  fields: (text, { reference }) => rightFields(text, reference),
  lines: (text, { reference }) => lineF1(text, reference),
};

export const scoreText = (score: TextScore, text: string, about: Scored): number =>
  text.trim() === '' ? 0 : scorers[score](text, about);

const pair = /"(\w+)"\s*:\s*"([^"\n]*)"/g;

/** The first value that each name has: text after the object, or a second object, adds nothing. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(pair)) if (!fields.has(name)) fields.set(name, value.trim());
  return fields;
}

function rightFields(text: string, reference: string): number {
  const [found, wanted] = [fieldsOf(capped(text, reference)), fieldsOf(reference)];
  const right = [...wanted].filter(([name, value]) => found.get(name) === value);
  return right.length / wanted.size;
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter(Boolean);

function lineF1(text: string, reference: string): number {
  const [found, wanted] = [linesOf(text), linesOf(reference)];
  const overlap = multisetOverlap(countItems(found), countItems(wanted));
  return precisionRecall(overlap, found.length, wanted.length).f1;
}
