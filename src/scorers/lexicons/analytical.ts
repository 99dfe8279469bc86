import type { Lexicon } from '../coverage.ts';
import { ownList } from './source.ts';

export const analytical: Lexicon = {
  name: 'analytical_coverage',
  about: 'Words of reasoning: evidence, cause, comparison, quantity, trend, condition, doubt and conclusion.',
  source: ownList,
  concepts: {
    evidence: ['data', 'evidence', 'record', 'show', 'indicate', 'according to', 'based on', 'observe', 'found that'],
    cause: ['because', 'cause', 'due to', 'since', 'result in', 'lead to', 'owing to', 'reason', 'driven by'],
    comparison: ['compare', 'compared', 'versus', 'than', 'whereas', 'similar', 'differ', 'difference', 'relative to'],
    quantity: ['percent', 'average', 'mean', 'median', 'total', 'sum', 'count', 'number of', 'rate', 'ratio', 'share'],
    extreme: ['highest', 'lowest', 'most', 'least', 'maximum', 'minimum', 'largest', 'smallest', 'peak'],
    trend: ['trend', 'increase', 'decrease', 'rise', 'fall', 'grow', 'growth', 'decline', 'over time', 'change'],
    condition: ['if', 'assume', 'assumption', 'unless', 'provided that', 'depends', 'given that', 'suppose'],
    doubt: ['may', 'might', 'likely', 'probably', 'uncertain', 'estimate', 'approximately', 'possible', 'suggest'],
    alternative: ['alternative', 'alternatively', 'option', 'on the other hand', 'instead', 'another explanation'],
    trade_off: [
      'trade off',
      'tradeoff',
      'advantage',
      'disadvantage',
      'drawback',
      'benefit',
      'limitation',
      'at the cost',
    ],
    conclusion: ['therefore', 'thus', 'hence', 'conclude', 'conclusion', 'consequently', 'overall', 'it follows'],
    recommendation: ['recommend', 'recommendation', 'should', 'propose', 'advise', 'best choice', 'next step'],
  },
};
