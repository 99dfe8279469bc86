import type { Lexicon } from '../coverage.ts';
import { ownList } from './source.ts';

export const customerService: Lexicon = {
  name: 'customer_service_coverage',
  about: 'Moves of a reply to a customer: from the greeting to the offer of further help.',
  source: ownList,
  concepts: {
    greeting: ['hello', 'hi', 'dear', 'good morning', 'good afternoon', 'good evening', 'welcome'],
    thanks: ['thank', 'thank you', 'thanks', 'grateful', 'appreciate'],
    apology: ['sorry', 'apologize', 'apologise', 'apology', 'regret', 'forgive', 'excuse us'],
    empathy: ['understand', 'frustrating', 'inconvenience', 'disappointing', 'concern', 'hear that'],
    request: ['your request', 'your question', 'your message', 'your email', 'your inquiry', 'you asked', 'your case'],
    record: ['order', 'account', 'ticket', 'case number', 'reference', 'invoice', 'subscription', 'booking'],
    action: ['checked', 'looked into', 'review', 'investigate', 'arrange', 'process', 'forward', 'update'],
    solution: ['resolve', 'refund', 'replace', 'repair', 'fix', 'credit', 'solution', 'exchange', 'correct'],
    time: ['today', 'tomorrow', 'within', 'hours', 'business days', 'working days', 'shortly', 'as soon as'],
    further_help: ['let us know', 'let me know', 'contact us', 'further help', 'assist', 'reach out', 'any questions'],
  },
};
