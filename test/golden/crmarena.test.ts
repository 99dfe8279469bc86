import { expect } from 'vitest';
import {
  cleanQuery,
  exactReward,
  type FuzzyReward,
  fuzzyReward,
  goldAnswers,
  matchesBareAnswer,
  normaliseAnswer,
  parseAction,
  privacyReward,
  type ReplyParser,
} from '../../src/scorers/index.ts';
import { checkGolden, expectClose } from './golden-file.ts';

interface FuzzyDictionary {
  em: boolean;
  f1: number;
  bleu: number;
  rouge: { 'rouge-1': number; 'rouge-2': number; 'rouge-l': number };
}

type Outcome<Reward> = { reward: Reward; parsed_answer: unknown[] } | { error: string };

interface Row {
  metric: 'exact_match' | 'fuzzy_match' | 'privacy_rejection';
  task: string;
  pred: string;
  gold: (string | null)[];
  llm_reply: string | null;
  llm_called: boolean;
  official: Outcome<unknown>;
  with_fallback: Outcome<unknown>;
}

function checkExact(row: Row, parser: ReplyParser, outcome: Outcome<number>): void {
  const gold = goldAnswers(row.gold);
  expect(matchesBareAnswer(row.pred, gold)).toBe(!row.llm_called);
  const actual = exactReward(row.task, row.pred, gold, { extractor: 'llm', reply: row.llm_reply ?? '', parser });
  if ('error' in outcome) expect(actual).toMatchObject({ reward: 0, raised: outcome.error });
  else {
    expect(actual).toMatchObject({ reward: outcome.reward, parsed: outcome.parsed_answer });
    expect(actual.raised).toBeUndefined();
  }
}

function checkFuzzy(row: Row, outcome: Outcome<FuzzyDictionary>): void {
  const actual: FuzzyReward = fuzzyReward(row.pred, goldAnswers(row.gold)[0] as string);
  if ('error' in outcome) {
    expect(actual).toEqual({ em: 0, f1: 0, bleu: 0, rouge_1: 0, rouge_2: 0, rouge_l: 0, raised: outcome.error });
    return;
  }
  const { em, f1, bleu, rouge } = outcome.reward;
  expect(actual.raised).toBeUndefined();
  expect(actual.em).toBe(em ? 1 : 0);
  expectClose(actual.f1, f1, 'f1');
  expectClose(actual.bleu, bleu, 'bleu');
  expectClose(actual.rouge_1, rouge['rouge-1'], 'rouge-1');
  expectClose(actual.rouge_2, rouge['rouge-2'], 'rouge-2');
  expectClose(actual.rouge_l, rouge['rouge-l'], 'rouge-l');
}

checkGolden<Row>('crmarena_eval.jsonl', (row) => {
  if (row.metric === 'exact_match') {
    checkExact(row, 'released', row.official as Outcome<number>);
    checkExact(row, 'intended', row.with_fallback as Outcome<number>);
  } else if (row.metric === 'fuzzy_match') checkFuzzy(row, row.official as Outcome<FuzzyDictionary>);
  else expect(privacyReward(row.llm_reply ?? '')).toBe((row.official as { reward: number }).reward);
});

const readers: Record<string, (text: string) => unknown> = {
  action: parseAction,
  query_cleanup: cleanQuery,
  normalize: normaliseAnswer,
};

checkGolden<{ kind: string; text: string; official: unknown }>('crmarena_parse.jsonl', (row) => {
  const read = readers[row.kind];
  expect(read, `kind ${row.kind}`).toBeDefined();
  expect(read?.(row.text)).toEqual(row.official);
});
