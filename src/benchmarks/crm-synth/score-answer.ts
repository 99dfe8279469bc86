/** Scores of an answer; the headline, `reward`, is the family's own. */
import type { Answer, Scores } from '../../core/index.ts';
import { exactReward, fuzzyReward, parseAction } from '../../scorers/index.ts';
import { capped, exactMatchOf, rougeLOf } from '../match-text.ts';
import type { CrmSample } from './sample.ts';
import { scoreText } from './text/score-text.ts';

/** What stands in `<respond>…</respond>`, where the model wrote that; else the whole text. */
export function answered(text: string): string {
  const action = parseAction(text);
  return action?.name === 'respond' ? action.content : text;
}

/** CRMArena takes an answer that names nothing for None. Here None has to be said, as the question asks, and in few words. */
const saysNone = (text: string, gold: readonly string[]) =>
  gold[0] !== 'None' || (text.length <= 100 && /\bnone\b/i.test(text));

function rewardOf(sample: CrmSample, text: string): number {
  const { score, family, gold, reference } = sample;
  if (text.trim() === '') return 0;
  if (score === 'exact')
    return saysNone(text, gold) ? exactReward(family, text, gold, { extractor: 'rules' }).reward : 0;
  if (score === 'fuzzy') return fuzzyReward(text, reference).f1;
  return scoreText(score, text, sample);
}

export function scoreAnswer(sample: CrmSample, answer: Answer): Scores {
  const text = answered(answer.text);
  return {
    reward: rewardOf(sample, text),
    exact_match: exactMatchOf(text, sample.reference),
    rouge_l: rougeLOf(capped(text, sample.reference), sample.reference),
  };
}
