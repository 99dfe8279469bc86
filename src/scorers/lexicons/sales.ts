import type { Lexicon } from '../coverage.ts';
import { ownList } from './source.ts';

export const sales: Lexicon = {
  name: 'sales_coverage',
  about: 'Topics of a sale: need, budget, authority and timeline, the offer, its price, rivals and the next step.',
  source: ownList,
  concepts: {
    need: ['need', 'requirement', 'goal', 'pain point', 'challenge', 'use case', 'looking for'],
    budget: ['budget', 'afford', 'spend', 'funding', 'cost limit'],
    authority: ['decision maker', 'approve', 'approval', 'sign off', 'stakeholder', 'manager', 'director', 'executive'],
    timeline: ['timeline', 'deadline', 'quarter', 'month', 'week', 'go live', 'schedule', 'by the end of'],
    offer: ['product', 'package', 'solution', 'plan', 'licence', 'license', 'service', 'feature', 'upgrade'],
    price: ['price', 'pricing', 'cost', 'fee', 'rate', 'amount', 'total'],
    discount: ['discount', 'rebate', 'promotion', 'special offer', 'reduced', 'percent off'],
    quote: ['quote', 'quotation', 'proposal', 'estimate', 'tender'],
    value: ['value', 'benefit', 'return on investment', 'roi', 'save', 'savings', 'advantage', 'improve'],
    rival: ['competitor', 'competition', 'alternative', 'rival', 'compare', 'compared', 'other vendor'],
    objection: ['concern', 'hesitate', 'too expensive', 'risk', 'doubt', 'objection', 'worried'],
    closing: ['contract', 'agreement', 'sign', 'purchase', 'order', 'close the deal', 'buy'],
    next_step: ['next step', 'follow up', 'demo', 'meeting', 'call', 'trial', 'appointment'],
  },
};
