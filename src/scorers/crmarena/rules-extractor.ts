import { strip } from '../python-text.ts';
import { type AnswerType, answerTypeOf } from './task.ts';
import { stateCodes } from './us-states.ts';

/** The answer that stands for "no record fits". */
export const noAnswer = 'None';

/** Key prefixes of the objects an answer may name: account, contact, user, opportunity, lead, task, quote, … */
const keyPrefixes = ['001', '003', '005', '006', '00Q', '00T', '0Q0', '01t', '500', 'ka0', 'a03'];
const idPattern = /\b[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\b/g;

function findIds(text: string): string[] {
  const candidates = text.match(idPattern) ?? [];
  return candidates.filter((id) => /[0-9]/.test(id) && keyPrefixes.some((prefix) => id.startsWith(prefix)));
}

const months = 'January February March April May June July August September October November December'.split(' ');
const monthPattern = new RegExp(`\\b(?:${months.join('|')})\\b`, 'gi');

/** Month names in any case; "may" is one only with a capital letter, or as the whole answer. */
function findMonths(text: string): string[] {
  const found = (text.match(monthPattern) ?? []).filter((name) => name !== 'may' || /^\W*may\W*$/.test(text));
  return found.map((name) => `${name.charAt(0).toUpperCase()}${name.slice(1).toLowerCase()}`);
}

/** Longest first: "West Virginia" is not Virginia. */
const stateNames = Object.keys(stateCodes).sort((a, b) => b.length - a.length);
const codes = new Set(Object.values(stateCodes));
const statePattern = new RegExp(`\\b(?:${stateNames.map((name) => name.replaceAll(' ', '\\s+')).join('|')})\\b`, 'i');
const stateOrCode = new RegExp(`${statePattern.source}|\\b[A-Z]{2}\\b`, 'gi');

/** States by full name in any case, or by code in capitals ("OR" is Oregon, "or" is not). */
function findStates(text: string): string[] {
  const found = text.match(stateOrCode) ?? [];
  return found.flatMap((name) => {
    const code = stateCodes[name.toLowerCase().replace(/\s+/g, ' ')];
    return code ?? (codes.has(name) ? name : []);
  });
}

/** Finds the words of a closed list in any case and gives them back as the list writes them. */
function vocabulary(words: readonly string[]): (text: string) => string[] {
  const pattern = new RegExp(`\\b(?:${words.join('|')})\\b`, 'gi');
  const spelling = new Map(words.map((word) => [word.toLowerCase(), word]));
  return (text) => (text.match(pattern) ?? []).map((word) => spelling.get(word.toLowerCase()) as string);
}

const finders: Readonly<Record<AnswerType, (text: string) => string[]>> = {
  id: findIds,
  month: findMonths,
  state: findStates,
  lead_factors: vocabulary(['Budget', 'Authority', 'Need', 'Timeline']),
  stage: vocabulary(['Qualification', 'Discovery', 'Quote', 'Negotiation', 'Closed']),
};

/**
 * Our offline stand-in for CRMArena's extractor model: the answers a text names, by patterns and closed vocabularies,
 * each once and in the order of their first mention; `['None']` where nothing is found. Results carry the label
 * `rules` and do not belong into one table with those of a model.
 */
export function extractByRules(task: string, text: string): string[] {
  const found = [...new Set(finders[answerTypeOf(task)](strip(text)))];
  return found.length > 0 ? found : [noAnswer];
}
