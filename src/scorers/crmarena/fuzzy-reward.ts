import { sentenceBleu } from '../bleu.ts';
import { commonSubsequence } from '../common-subsequence.ts';
import { normalisedWords } from '../normalise-answer.ts';
import { nGrams } from '../precision-recall.ts';
import { wordOverlap } from '../token-f1.ts';

/** CRMArena's dictionary for `fuzzy_match` tasks, all in [0, 1]. The headline is `f1`. */
export interface FuzzyReward {
  em: number;
  f1: number;
  /** sacrebleu's sentence BLEU ÷ 100, without effective order: texts under four tokens give 0. */
  bleu: number;
  rouge_1: number;
  rouge_2: number;
  rouge_l: number;
  /** The exception on which the official runner records reward 0: a text without words. */
  raised?: string;
}

/** F of the package `rouge` 1.0.1, whose n-grams are sets: 2pr/(p+r+1e-8), so equal texts give 0.999999995. */
function setF(overlap: number, predicted: number, expected: number): number {
  const precision = predicted === 0 ? 0 : overlap / predicted;
  const recall = expected === 0 ? 0 : overlap / expected;
  return (2 * precision * recall) / (precision + recall + 1e-8);
}

function rougeN(predicted: readonly string[], expected: readonly string[], size: number): number {
  const [left, right] = [new Set(nGrams(predicted, size)), new Set(nGrams(expected, size))];
  return setF([...left].filter((gram) => right.has(gram)).length, left.size, right.size);
}

/** Distinct words of one longest common subsequence over the distinct words of either side. */
function rougeL(predicted: readonly string[], expected: readonly string[]): number {
  const positions = commonSubsequence(expected, predicted, 'b');
  const common = new Set(positions.map((position) => expected[position]));
  return setF(common.size, new Set(predicted).size, new Set(expected).size);
}

/** Scores a free-text answer against the first gold answer, both normalised. */
export function fuzzyReward(prediction: string, gold: string): FuzzyReward {
  const [predicted, expected] = [normalisedWords(prediction), normalisedWords(gold)];
  if (predicted.length === 0 || expected.length === 0)
    return { em: 0, f1: 0, bleu: 0, rouge_1: 0, rouge_2: 0, rouge_l: 0, raised: 'ValueError' };
  const [text, goldText] = [predicted.join(' '), expected.join(' ')];
  return {
    em: text === goldText ? 1 : 0,
    f1: wordOverlap(predicted, expected).f1,
    bleu: sentenceBleu(text, goldText).bleu / 100,
    rouge_1: rougeN(predicted, expected, 1),
    rouge_2: rougeN(predicted, expected, 2),
    rouge_l: rougeL(predicted, expected),
  };
}
