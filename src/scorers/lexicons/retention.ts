import type { Lexicon } from '../coverage.ts';
import { ownList } from './source.ts';

export const retention: Lexicon = {
  name: 'retention_coverage',
  about: 'Topics of keeping a customer: signs of leaving, reasons, incentives, renewal and follow-up.',
  source: ownList,
  concepts: {
    leaving: ['cancel', 'cancellation', 'leave', 'terminate', 'unsubscribe', 'churn', 'switch', 'close the account'],
    dissatisfaction: [
      'dissatisfied',
      'unhappy',
      'disappointed',
      'frustrated',
      'complaint',
      'complain',
      'not satisfied',
    ],
    satisfaction: ['satisfied', 'satisfaction', 'happy', 'pleased', 'delighted', 'enjoy'],
    reason: ['reason', 'feedback', 'survey', 'tell us why', 'what went wrong', 'share your', 'your experience'],
    loyalty: ['loyal', 'loyalty', 'valued customer', 'long standing', 'years with us', 'relationship', 'membership'],
    incentive: ['discount', 'credit', 'free month', 'voucher', 'coupon', 'bonus', 'reward', 'special offer', 'upgrade'],
    renewal: ['renew', 'renewal', 'extend', 'extension', 'stay', 'continue', 'keep your'],
    alternative: ['pause', 'downgrade', 'smaller plan', 'different plan', 'change your plan', 'flexible', 'suspend'],
    value: ['value', 'benefit', 'usage', 'savings', 'save', 'feature', 'included'],
    remedy: ['make it right', 'resolve', 'improve', 'fix', 'compensate', 'refund', 'apologize', 'apologise', 'sorry'],
    follow_up: ['follow up', 'check in', 'contact you', 'call you', 'account manager', 'review', 'reach out'],
  },
};
