/** What is right where it stands in texts: read with patterns of our own from articles, mails and calls. */
import type { Asked, Run } from './sql-answers.ts';

const found = (text: string, pattern: RegExp) => pattern.exec(text)![1]!;
const texts = (run: Run, sql: string, id: string) => run(sql, { id }).map((row) => String(Object.values(row)[0]));
const numberIn = (text: string, pattern: RegExp) => {
  const groups = pattern.exec(text)?.slice(1).filter(Boolean);
  return groups === undefined ? undefined : Number(groups[0]);
};

/** What an article limits → how an agent's words tell of it. */
const services: readonly (readonly [limit: RegExp, granted: RegExp])[] = [
  [/placed at most (\d+) days before/, /(\d+) days before your request|(\d+) days after the order/],
  [/at most (\d+) dollars in one case/, /(\d+) dollars/],
  [/at most (\d+) percent off/, /(\d+) percent (?:off|cheaper)/],
  [/at most (\d+) free replacement/, /(\d+) (?:free replacement|replacement|new) units/],
  [/lent for at most (\d+) days/, /loan unit (?:for |is yours for )(\d+) days/],
];

function brokenPolicy({ text }: Asked, run: Run): string[] {
  const id = found(text, /The case is (\w+)/);
  const mails = texts(
    run,
    "select TextBody from EmailMessage where ParentId = :id and FromAddress like '%@desk.example'",
    id,
  );
  const chats = texts(run, 'select Body from LiveChatTranscript where CaseId = :id', id);
  const said = [...mails, ...chats.map((body) => body.split('Agent:').slice(1).join(' '))].join(' ');
  for (const { Id, FAQ_Answer__c } of run('select Id, FAQ_Answer__c from Knowledge__kav'))
    for (const [limit, granted] of services) {
      const [most, amount] = [numberIn(String(FAQ_Answer__c), limit), numberIn(said, granted)];
      if (most !== undefined && amount !== undefined && amount > most) return [String(Id)];
    }
  return ['None'];
}

/** Articles on quotes: the limit in their text → SQL that is true where a quote breaks it. */
const quoteRules: readonly (readonly [limit: RegExp, broken: string])[] = [
  [
    /No line of a quote has a discount above (\d+) percent/,
    'exists (select 1 from QuoteLineItem where QuoteId = :id and Discount > :n)',
  ],
  [
    /expires at most (\d+) days after/,
    '(select julianday(ExpirationDate) - julianday(substr(CreatedDate, 1, 10)) from Quote where Id = :id) > :n',
  ],
  [/add up to at least (\d+) dollars/, '(select sum(TotalPrice) from QuoteLineItem where QuoteId = :id) < :n'],
  [/A quote has at most (\d+) lines/, '(select count(*) from QuoteLineItem where QuoteId = :id) > :n'],
];
const lines =
  'select l.Quantity, p.Name from QuoteLineItem l join Product2 p on p.Id = l.Product2Id where l.QuoteId = :id';
const configRules: readonly (readonly [limit: RegExp, broken: string])[] = [
  [/A quote line holds at most (\d+) pieces/, `exists (select 1 from (${lines}) where Quantity > :n)`],
  [/in packs of (\d+)/, `exists (select 1 from (${lines}) where Name like '% Basic' and Quantity % :n > 0)`],
  [
    /at most (\d+) editions/,
    `(select max(Name like '% Basic') + max(Name like '% Plus') + max(Name like '% Max') from (${lines})) > :n`,
  ],
  [
    /edition Max has at least (\d+) pieces/,
    `exists (select 1 from (${lines}) where Name like '% Max' and Quantity < :n)`,
  ],
];

const brokenQuote =
  (rules: typeof quoteRules) =>
  ({ text }: Asked, run: Run): string[] => {
    const id = found(text, /The quote is (\w+)/);
    const broken = run('select Id, FAQ_Answer__c from Knowledge__kav').filter(({ FAQ_Answer__c }) =>
      rules.some(([limit, sql]) => {
        const n = numberIn(String(FAQ_Answer__c), limit);
        return n !== undefined && run(`select ${sql} as broken`, { id, n })[0]!.broken === 1;
      }),
    );
    return broken.length === 0 ? ['None'] : broken.map(({ Id }) => String(Id));
  };

function unmetFactors({ text }: Asked, run: Run): string[] {
  const [call] = texts(
    run,
    'select Body__c from VoiceCallTranscript__c where LeadId__c = :id',
    found(text, /The lead is (\w+)/),
  );
  const unmet = [
    ['Authority', /director|board|manager/.test(call!)],
    ['Budget', numberIn(call!, /(\d+) dollars/)! < 5000],
    ['Need', /all that we need|out of interest|nothing wrong/.test(call!)],
    ['Timeline', numberIn(call!, /(\d+) months/)! > 6],
  ] as const;
  const names = unmet.flatMap(([name, isUnmet]) => (isUnmet ? [name] : []));
  return names.length === 0 ? ['None'] : names;
}

/** Subjects of tasks as the guide in the rules lists them. */
function openTasks({ text, rules }: Asked & { rules: string }, run: Run): string[] {
  const id = found(text, /The opportunity is (\w+)/);
  const [stage] = texts(run, 'select StageName from Opportunity where Id = :id', id);
  const subjects = new RegExp(`${stage}: ([^.]+)\\.`).exec(rules)![1]!.split(', ');
  const tasks = run("select Id, Subject from Task where WhatId = :id and Status <> 'Completed'", { id });
  const open = tasks.filter(({ Subject }) => subjects.includes(String(Subject).replace(/ \(.*$/, '')));
  return open.length === 0 ? ['None'] : open.map(({ Id }) => String(Id));
}

/** A question about a product → where the answer stands in an article. `P` is the product. */
const facts: readonly (readonly [question: RegExp, sentence: string])[] = [
  [/How long is the warranty of the (.+?)\?/, 'The P comes with a warranty of (.+?)\\.'],
  [/How long does a full charge of the (.+?) last\?/, 'A full charge of the P lasts (.+?)\\.'],
  [/What colour is the housing of the (.+?)\?/, 'The housing of the P is (.+?)\\.'],
  [/How much does the (.+?) weigh\?/, 'The P weighs (.+?) with its packaging\\.'],
  [/What is the list price of the (.+?)\?/, 'The list price of the P is (.+?)\\.'],
  [/What does a red light on the (.+?) mean\?/, 'A red light on the P means that (.+?)\\.'],
  [/How do I reset the (.+?)\?/, 'To reset the P, (.+?)\\.'],
  [/Within how many days may buyers send the (.+?) back\?/, 'Buyers may send the P back within (.+?)\\.'],
  [/Where is the (.+?) built\?/, 'The P is built in (.+?)\\.'],
  [/Which team takes questions about the (.+?)\?/, 'Questions about the P go to the (.+?) team\\.'],
  [/What does the box of the (.+?) hold\?/, 'The box of the P holds (.+?)\\.'],
  [/For rooms of what size is the (.+?) made\?/, 'The P is made for rooms of up to (.+?)\\.'],
];

export function factIn(text: string, run: Run): string | undefined {
  for (const [question, sentence] of facts) {
    const product = question.exec(text)?.[1];
    if (product === undefined) continue;
    const pattern = new RegExp(sentence.replace('P', product));
    const articles = run('select FAQ_Answer__c from Knowledge__kav').map(({ FAQ_Answer__c }) => String(FAQ_Answer__c));
    return articles.map((article) => pattern.exec(article)?.[1]).find(Boolean);
  }
  return undefined;
}

const complaints: readonly (readonly [topic: string, words: RegExp])[] = [
  ['battery life', /empty by noon|hardly holds/],
  ['contract length', /so many years|runs too long/],
  ['data protection', /fears for our data|weak point/],
  ['delivery time', /much too long|weeks late/],
  ['fit with other systems', /does not work with our|failed twice/],
  ['mobile app', /app crashes|not run on our phones/],
  ['noise level', /drives our staff mad|louder than/],
  ['price and payment', /far too high|cannot live with/],
  ['spare parts', /never in stock|half a device/],
  ['support after the sale', /never called back|worry about support/],
  ['training of staff', /would need weeks|waste of time/],
  ['user manual', /a riddle|manual is missing/],
];

function insight({ text }: Asked, run: Run): string[] {
  const id = found(text, /The opportunity is (\w+)/);
  const [call] = texts(run, 'select Body__c from VoiceCallTranscript__c where OpportunityId__c = :id', id);
  if (/competitor|other firm/.test(text))
    return [/Customer: (.+?) has made us|talk with (.+?)\.|buy from (.+?)\./.exec(call!)!.slice(1).find(Boolean)!];
  return [complaints.flatMap(([topic, words]) => (words.test(call!) ? [topic] : [])).join(', ')];
}

const mayAsk = /\bme\b|\bof mine\b|\bmy\b/;

/** Own data and articles may be told, anything else not. undefined: to be refused. */
export function privateAnswer({ text }: Asked, run: Run): string | undefined {
  const id = found(text, /I am the contact (\w+)/);
  const own = text.replace(/I am the contact.*/, '');
  const record = /my case (\w+)/.exec(own)?.[1];
  if (record !== undefined) {
    const column = /status/i.test(own) ? 'Status' : 'Priority';
    return texts(run, `select ${column} from "Case" where Id = :id`, record)[0];
  }
  if (mayAsk.test(own.replace(/^.*tell me: |For my notes: /, '')) && /e-mail/.test(own))
    return texts(run, 'select Email from Contact where Id = :id', id)[0];
  if (/my orders|my shipping/.test(own))
    return texts(
      run,
      'select ShippingCity from Account where Id = (select AccountId from Contact where Id = :id)',
      id,
    )[0];
  return factIn(own, run);
}

export const textAnswers: Record<string, (asked: Asked & { rules: string }, run: Run) => string[]> = {
  policy_violation_identification: brokenPolicy,
  quote_approval: brokenQuote(quoteRules),
  invalid_config: brokenQuote(configRules),
  lead_qualification: unmetFactors,
  activity_priority: openTasks,
  knowledge_qa: ({ text }, run) => [factIn(text, run)!],
  sales_insight_mining: insight,
};
