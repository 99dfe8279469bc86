/** knowledge_qa, sales_insight_mining, named_entity_disambiguation: answers that stand in texts, or behind a loose name. */
import { firstOfMonth, isWithin, monthName, type Window } from '../org/calendar.ts';
import { topics } from '../org/sales-words.ts';
import type { Row } from '../org/schema.ts';
import { type Family, idsOf, none, rowsWith, valuesOf } from './family.ts';
import { onlyId, orNone, worded } from './wording.ts';

interface FactParams {
  article: string;
  question: string;
  /** As the article says. */
  answer: string;
}

export const knowledgeQa: Family<FactParams> = {
  name: 'knowledge_qa',
  persona: 'customer',
  answer: 'text',
  hasNone: false,
  columns: { Knowledge__kav: ['Id', 'Title', 'FAQ_Answer__c'] },
  rules: 'Answer from the articles of the knowledge base, in a few of their words.',
  sample(org, draw) {
    const [article, facts] = draw.pick([...org.facts]);
    const { question, answer } = draw.pick(facts);
    return { article, question, answer };
  },
  focus({ tables }, { article }, { size, draw }) {
    const others = idsOf(draw.some(tables.Knowledge__kav, Math.floor(size / 4)));
    return { Knowledge__kav: draw.shuffled(rowsWith(tables.Knowledge__kav, 'Id', new Set([article, ...others]))) };
  },
  gold: (_, { answer }) => ({ answers: [answer], isClear: true }),
  ask: ({ question }, draw) => ({
    question: worded(draw, ['{question}', '{question} Our office would like to know.'], { question }),
    details: [],
  }),
};

interface InsightParams {
  opportunity: string;
  about: 'worries' | 'competitor';
  /** As the call tells. */
  found: readonly string[];
}

export const salesInsight: Family<InsightParams> = {
  name: 'sales_insight_mining',
  persona: 'employee',
  answer: 'text',
  hasNone: false,
  columns: { VoiceCallTranscript__c: ['OpportunityId__c', 'Body__c'] },
  rules: `Calls with customers are kept by their opportunity (OpportunityId__c). Topics of a call are named with these words: ${topics.join(', ')}. A competitor is another firm that the customer may buy from.`,
  sample(org, draw) {
    const opportunity = draw.pick(org.tables.Opportunity).Id;
    const { negative, competitor } = org.insights.get(opportunity)!;
    if (draw.chance(50)) return { opportunity, about: 'worries', found: [...negative].sort() };
    return competitor === null ? undefined : { opportunity, about: 'competitor', found: [competitor] };
  },
  focus({ tables }, { opportunity }, { size, draw }) {
    const deals = new Set([opportunity, ...idsOf(draw.some(tables.Opportunity, size < 12 ? 1 : Math.floor(size / 6)))]);
    return { VoiceCallTranscript__c: rowsWith(tables.VoiceCallTranscript__c, 'OpportunityId__c', deals) };
  },
  gold: (_, { found }) => ({ answers: [found.join(', ')], isClear: true }),
  ask: ({ opportunity, about }, draw) => ({
    question: worded(
      draw,
      about === 'worries'
        ? [
            'Which topics is the customer not content with in the call?',
            'About which topics does the customer complain or worry in the call?',
          ]
        : ['Which competitor does the customer name in the call?', 'Which other firm may the customer buy from?'],
      {},
    ),
    details: [
      `The opportunity is ${opportunity}.`,
      about === 'worries'
        ? 'Answer with the topics, separated by commas, in the order of the alphabet.'
        : 'Answer with its name.',
    ],
  }),
};

interface PurchaseParams {
  contact: string;
  /** Part of a product's name. */
  said: string;
  window: Window;
  phrase: string;
}

export const namedEntity: Family<PurchaseParams> = {
  name: 'named_entity_disambiguation',
  persona: 'customer',
  answer: 'id',
  hasNone: true,
  columns: {
    ...{ Contact: ['Id', 'AccountId'], Order: ['Id', 'AccountId', 'EffectiveDate'] },
    ...{ OrderItem: ['OrderId', 'Product2Id'], Product2: ['Id', 'Name'] },
  },
  rules:
    'Customers leave out the edition, the last word of a product name (Basic, Plus or Max). What a contact bought are the items of the orders of the account of the contact; the day of purchase is the EffectiveDate.',
  sample({ tables, byId }, draw, isNone) {
    const contact = draw.pick(tables.Contact);
    const orders = tables.Order.filter((row) => row.AccountId === contact.AccountId);
    if (orders.length === 0) return undefined;
    const order = draw.pick(orders);
    const items = tables.OrderItem.filter((row) => row.OrderId === order.Id);
    const product = isNone ? draw.pick(tables.Product2) : (byId.get(String(draw.pick(items).Product2Id)) as Row);
    const said = String(product.Name).split(' ').slice(0, -1).join(' ');
    const date = String(order.EffectiveDate);
    const [year, month] = [Number(date.slice(0, 4)), Number(date.slice(5, 7))];
    const window = { from: firstOfMonth(year, month), to: firstOfMonth(year, month + 1) };
    return { contact: contact.Id, said, window, phrase: `in ${monthName(date)} ${year}` };
  },
  focus({ tables, byId }, { contact }, { size, draw }) {
    const person = byId.get(contact) as Row;
    const own = draw.some(
      tables.Order.filter((row) => row.AccountId === person.AccountId),
      size,
    );
    const Order = draw.shuffled([
      ...own,
      ...draw.some(tables.Order, Math.max(2, Math.floor(size / 3))).filter((row) => !own.includes(row)),
    ]);
    const OrderItem = rowsWith(tables.OrderItem, 'OrderId', idsOf(Order));
    return {
      Contact: [person],
      Order,
      OrderItem,
      Product2: rowsWith(tables.Product2, 'Id', valuesOf(OrderItem, 'Product2Id')),
    };
  },
  gold(tables, { contact, said, window }) {
    const person = tables.Contact.find(({ Id }) => Id === contact) as Row;
    const orders = tables.Order.filter(
      (row) => row.AccountId === person.AccountId && isWithin(row.EffectiveDate, window),
    );
    const bought = valuesOf(rowsWith(tables.OrderItem, 'OrderId', idsOf(orders)), 'Product2Id');
    const fitting = tables.Product2.filter(({ Id, Name }) => bought.has(Id) && String(Name).startsWith(`${said} `));
    return fitting.length === 0 ? none : { answers: [(fitting[0] as Row).Id], isClear: fitting.length === 1 };
  },
  ask: ({ contact, said, phrase }, draw) => ({
    question: worded(
      draw,
      [
        'Please show me the {said} that I bought {phrase}.',
        'Which product is the {said} that we ordered {phrase}?',
        'I would like to order the {said} again that I got {phrase}. Which one was it?',
      ],
      { said, phrase },
    ),
    details: [`I am the contact ${contact}.`, onlyId('product'), orNone],
  }),
};
