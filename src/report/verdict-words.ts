import type { Verdict } from '../stats/index.ts';

/** How tables word a verdict. The JSON of a report has the short ones. */
const words: Record<Verdict, string> = {
  better: 'better',
  worse: 'worse',
  different: 'different',
  equivalent: 'equivalent',
  'not shown': 'no difference shown',
  'too few': 'too few samples',
};

export const verdictWords = (verdict: Verdict): string => words[verdict];
