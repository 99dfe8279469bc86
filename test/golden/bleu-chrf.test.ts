import { expect } from 'vitest';
import { bleuTokens, chrf, corpusBleu, corpusChrf, sentenceBleu } from '../../src/scorers/index.ts';
import { checkGolden, expectClose } from './golden-file.ts';

interface SentenceRow {
  prediction: string;
  target: string;
  bleu: number;
  bleu_effective_order: number;
  chrf: number;
  chrf_pp: number;
  bleu_tokens: [prediction: string, target: string];
}

interface CorpusRow {
  kind: 'corpus';
  predictions: string[];
  targets: string[];
  bleu: number;
  bp: number;
  sys_len: number;
  ref_len: number;
  precisions: number[];
  chrf: number;
  chrf_pp: number;
}

function checkCorpus(row: CorpusRow): void {
  const pairs = row.predictions.map((prediction, index) => [prediction, row.targets[index] as string] as const);
  const score = corpusBleu(pairs);
  expectClose(score.bleu, row.bleu, 'bleu');
  expectClose(score.brevityPenalty, row.bp, 'brevity penalty');
  expect([score.predictedLength, score.referenceLength]).toEqual([row.sys_len, row.ref_len]);
  row.precisions.forEach((precision, index) => {
    expectClose(score.precisions[index] as number, precision, `precision ${index + 1}`);
  });
  expectClose(corpusChrf(pairs), row.chrf, 'chrF');
  expectClose(corpusChrf(pairs, { wordOrder: 2 }), row.chrf_pp, 'chrF++');
}

function checkSentence(row: SentenceRow): void {
  const { prediction, target } = row;
  expect([prediction, target].map((text) => bleuTokens(text).join(' '))).toEqual(row.bleu_tokens);
  expectClose(sentenceBleu(prediction, target).bleu, row.bleu, 'bleu');
  expectClose(
    sentenceBleu(prediction, target, { effectiveOrder: true }).bleu,
    row.bleu_effective_order,
    'bleu with effective order',
  );
  expectClose(chrf(prediction, target), row.chrf, 'chrF');
  expectClose(chrf(prediction, target, { wordOrder: 2 }), row.chrf_pp, 'chrF++');
}

checkGolden<SentenceRow | CorpusRow>('bleu_chrf.jsonl', (row) => {
  if ('predictions' in row) checkCorpus(row);
  else checkSentence(row);
});
