/** Record Ids as Salesforce writes them: 3 characters for the table, a counter, and 3 that tell the case of the letters. */
import type { TableName } from './schema.ts';

const prefixes: Readonly<Record<TableName, string>> = {
  ...{ User: '005', Account: '001', Contact: '003', Case: '500', CaseHistory__c: 'a01', Issue__c: 'a03' },
  ...{ Knowledge__kav: 'ka0', ProductCategory: '0ZG', Product2: '01t', ProductCategoryProduct: '0ZH' },
  ...{ Pricebook2: '01s', PricebookEntry: '01u', Order: '801', OrderItem: '802', EmailMessage: '02s' },
  ...{ LiveChatTranscript: '570', Lead: '00Q', Opportunity: '006', OpportunityLineItem: '00k', Contract: '800' },
  ...{ Quote: '0Q0', QuoteLineItem: '0QL', Task: '00T', Event: '00U', VoiceCallTranscript__c: 'a05' },
  ...{ Territory2: '0MI', UserTerritory2Association: '0MJ' },
};

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checks = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** 18 characters; another for each counter from 0. The step makes neighbours look unlike each other. */
export function recordId(table: TableName, counter: number): string {
  let rest = (counter + 1) * 48_271;
  let body = '';
  for (let i = 0; i < 7; i++) {
    body = `${digits[rest % 62]}${body}`;
    rest = Math.floor(rest / 62);
  }
  const id = `${prefixes[table]}Sy000${body}`;
  return id + [0, 5, 10].map((start) => checkOf(id.slice(start, start + 5))).join('');
}

/** One bit for each capital of five characters. */
function checkOf(five: string): string {
  let bits = 0;
  for (let i = 0; i < 5; i++) if (/[A-Z]/.test(five[i] as string)) bits += 2 ** i;
  return checks[bits] as string;
}
