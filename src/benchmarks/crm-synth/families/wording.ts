/** Questions in several wordings: a stem, and how it is led in. */
import type { Draw } from '../draw.ts';
import { fill } from '../fill.ts';

const leads = [
  '',
  'Please tell me: ',
  'I need to know this: ',
  'A question for the report: ',
  'For my notes: ',
] as const;

/** Every stem with every lead: at least ten wordings from two stems. */
export const worded = (
  draw: Draw,
  stems: readonly string[],
  values: Readonly<Record<string, string | number>>,
): string => draw.pick(leads) + fill(draw.pick(stems), values);

export const onlyId = (what: string) => `Answer with the Id of the ${what} and nothing else.`;
export const orNone = 'If there is none, answer None.';
export const todayIs = (today: string) => `Today is ${today}.`;
