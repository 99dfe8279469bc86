import { exactMatch, rouge } from '../scorers/index.ts';

const squeezed = (text: string) => text.trim().replace(/\s+/g, ' ');

/** 1 where both texts are equal after every run of white space became one space. */
export function exactMatchOf(text: string, reference: string): number {
  return exactMatch(squeezed(text), squeezed(reference));
}

/** F1 of ROUGE-L, unstemmed. A reference without a Latin letter or digit is read in its own script. */
export function rougeLOf(text: string, reference: string): number {
  return rouge(text, reference, { keepVanishing: true }).rougeL.f1;
}

/** The first 2 × reference length characters: who repeats the whole prompt finds every fact, but answers nothing. */
export function capped(text: string, reference: string): string {
  return text.slice(0, 2 * reference.length);
}

/** Share of the required texts that occur in the answer as whole words, white space aside; 1 where none is required. */
export function pointsHeld(text: string, required: readonly string[]): number {
  const answer = squeezed(text);
  const held = required.filter((point) => occursWhole(answer, squeezed(point)));
  return required.length === 0 ? 1 : held.length / required.length;
}

const wordEnd = /[\p{L}\p{N}]/u;
const joins = (a = '', b = '') => wordEnd.test(a) && wordEnd.test(b);

/** Whether `part` occurs without cutting through a word or number: `price: 59` is not in `price: 590`. */
function occursWhole(text: string, part: string): boolean {
  for (let start = text.indexOf(part); start >= 0; start = text.indexOf(part, start + 1)) {
    const end = start + part.length;
    if (!joins(text[start - 1], part[0]) && !joins(part.at(-1), text[end])) return true;
  }
  return false;
}
