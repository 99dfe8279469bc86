import type { Draw } from '../draw.ts';
import { fill } from '../fill.ts';
import type { Catalogue, Product } from './build-catalogue.ts';
import type { People } from './build-people.ts';
import type { Builder } from './builder.ts';
import { day, daysOfTheOrg, minuteOfDay, stamp } from './calendar.ts';
import { caseClosings, caseOpenings, issueKinds } from './issues.ts';
import type { Concession } from './org.ts';
import { serviceKinds } from './policies.ts';
import type { Row } from './schema.ts';

interface Latent {
  /** Agent × issue: hours that the agent needs, and how many of ten cases are passed on. */
  hours: readonly (readonly number[])[];
  transfers: readonly number[];
  /** State → percent of the usual time. */
  speed: ReadonlyMap<string, number>;
  /** Product → issue that it has most, and the month in which it has most trouble. */
  trouble: readonly { issue: number; month: number }[];
}

function drawLatent(draw: Draw, { agents, accounts }: People, products: readonly Product[]): Latent {
  const states = [...new Set(accounts.map((account) => String(account.ShippingState)))].sort();
  return {
    hours: agents.map(() => issueKinds.map(() => draw.between(4, 90))),
    transfers: agents.map(() => draw.between(0, 5)),
    speed: new Map(states.map((state) => [state, draw.between(40, 180)])),
    trouble: products.map(() => ({ issue: draw.int(issueKinds.length), month: draw.int(12) })),
  };
}

/** Orders with their items, then cases on items that were ordered, with history, mails and chats. */
export function buildService(builder: Builder, people: People, catalogue: Catalogue): Map<string, Concession> {
  const draw = builder.draw('service');
  const latent = drawLatent(draw, people, catalogue.products);
  const bought = Array.from({ length: 200 * builder.scale }, () => addOrder(builder, draw, people, catalogue)).flat();
  const concessions = new Map<string, Concession>();
  for (let i = 0; i < 300 * builder.scale; i++) {
    const [id, concession] = addCase(builder, draw, { people, catalogue, latent, item: draw.pick(bought) });
    if (concession) concessions.set(id, concession);
  }
  return concessions;
}

interface Bought {
  item: Row;
  product: number;
  account: string;
  days: number;
}

function addOrder({ add }: Builder, draw: Draw, { accounts }: People, { products, pricebook }: Catalogue): Bought[] {
  const account = draw.pick(accounts).Id;
  const days = draw.int(daysOfTheOrg - 60);
  const order = add('Order', {
    ...{ AccountId: account, Status: draw.chance(90) ? 'Activated' : 'Draft' },
    ...{ EffectiveDate: day(minuteOfDay(days)), Pricebook2Id: pricebook.Id },
  });
  return Array.from({ length: draw.between(1, 3) }, () => {
    // The smaller of two: some products sell much better than others.
    const product = Math.min(draw.int(products.length), draw.int(products.length));
    const { row, entry, price } = products[product] as Product;
    const item = add('OrderItem', {
      ...{ OrderId: order.Id, Product2Id: row.Id, PricebookEntryId: entry.Id },
      ...{ Quantity: draw.between(1, 12), UnitPrice: price },
    });
    return { item, product, account, days };
  });
}

interface CaseAbout {
  people: People;
  catalogue: Catalogue;
  latent: Latent;
  item: Bought;
}

function addCase(builder: Builder, draw: Draw, about: CaseAbout): [string, Concession | undefined] {
  const { people, catalogue, latent, item } = about;
  const { agents, contacts } = people;
  const trouble = latent.trouble[item.product] as Latent['trouble'][number];
  const issue = draw.chance(45) ? trouble.issue : draw.int(issueKinds.length);
  const created = createdAt(draw, trouble.month);
  const hands = handsOf(draw, latent.transfers, agents.length);
  const last = hands.at(-1) as number;
  const account = people.accounts.find(({ Id }) => Id === item.account) as Row;
  const hours = (latent.hours[last] as readonly number[])[issue] as number;
  const percent = latent.speed.get(String(account.ShippingState)) ?? 100;
  const minutes = Math.floor((hours * 60 * percent * draw.between(70, 130)) / 10_000) + 5 * hands.length;
  const isOpen = draw.chance(8);
  const contact = draw.pick(contacts.get(account.Id) as readonly Row[]);
  const channel = draw.pick(['Email', 'Chat', 'Phone', 'Web']);
  const product = (catalogue.products[item.product] as Product).row.Name as string;
  const description = `${fill(draw.pick(caseOpenings), { product, report: draw.pick(issueKinds[issue]!.reports) })} ${draw.pick(caseClosings)}`;
  const row = builder.add('Case', {
    ...{
      Priority: draw.pick(['Low', 'Medium', 'High']),
      Subject: `Question about the ${product}`,
      Description: description,
    },
    ...{ Status: isOpen ? 'Working' : 'Closed', Channel: channel, ContactId: contact.Id, AccountId: account.Id },
    ...{
      OwnerId: (agents[last] as Row).Id,
      CreatedDate: stamp(created),
      ClosedDate: isOpen ? null : stamp(created + minutes),
    },
    ...{ OrderItemId__c: item.item.Id, IssueId__c: (catalogue.issues[issue] as Row).Id },
  });
  addHistory(builder, row, { created, minutes, hands: hands.map((hand) => (agents[hand] as Row).Id), isOpen });
  const concession = draw.chance(60) ? drawConcession(draw, catalogue) : undefined;
  addTalk(builder, draw, {
    row,
    contact,
    agent: agents[last] as Row,
    concession,
    at: created + 5,
    isChat: channel === 'Chat',
  });
  return [row.Id, concession];
}

/** A third of the cases of a product fall into its month of trouble. */
function createdAt(draw: Draw, month: number): number {
  const days = draw.chance(33) ? 365 * draw.int(4) + 30 * month + draw.int(30) : draw.int(daysOfTheOrg - 20);
  return minuteOfDay(Math.min(days, daysOfTheOrg - 20), draw.between(420, 1080));
}

/** Agents by whose hands a case goes, one after the other. */
function handsOf(draw: Draw, transfers: readonly number[], agents: number): number[] {
  const hands = [draw.int(agents)];
  while (hands.length < 4 && draw.int(10) < (transfers[hands.at(-1) as number] as number)) {
    hands.push(((hands.at(-1) as number) + draw.between(1, agents - 1)) % agents);
  }
  return hands;
}

function addHistory(
  { add }: Builder,
  { Id }: Row,
  { created, minutes, hands, isOpen }: { created: number; minutes: number; hands: readonly string[]; isOpen: boolean },
): void {
  const event = (Field__c: string, OldValue__c: string | null, NewValue__c: string | null, at: number) =>
    add('CaseHistory__c', { CaseId__c: Id, Field__c, OldValue__c, NewValue__c, CreatedDate: stamp(at) });
  event('Case Creation', null, null, created);
  hands.forEach((hand, i) => {
    event('Owner Assignment', hands[i - 1] ?? null, hand, created + 1 + i);
  });
  if (!isOpen) event('Case Closed', null, null, created + minutes);
}

/** What an agent grants stands near the limit of its rule, a little within it or beyond. */
function drawConcession(draw: Draw, { policies }: Catalogue): Concession {
  const kind = draw.pick(serviceKinds);
  const { limit } = [...policies.values()].find((policy) => policy.kind === kind)!;
  const step = limit < 10 ? 1 : 5;
  const amount = draw.chance(50) ? limit + step * draw.between(1, 3) : Math.max(1, limit - step * draw.int(3));
  return { kind, amount };
}

const grants: Readonly<Record<(typeof serviceKinds)[number], readonly string[]>> = {
  refund_days: [
    'The order was placed {amount} days before your request, and I have refunded it.',
    'I have refunded the order, which was placed {amount} days before your request.',
    'You asked {amount} days after the order was placed; the refund is on its way.',
  ],
  refund_amount: [
    'I have paid back {amount} dollars to your card.',
    'You get {amount} dollars back from us.',
    'I have sent a payment of {amount} dollars back to your account.',
  ],
  goodwill: [
    'As a gesture I have given you {amount} percent off your next order.',
    'Your next order is {amount} percent cheaper, with our compliments.',
    'I have noted {amount} percent off for the order that you place next.',
  ],
  replacements: [
    'I have sent you {amount} free replacement units for this.',
    'In this case {amount} replacement units are on their way, free of charge.',
    'You get {amount} new units from us for free.',
  ],
  loan: [
    'Until then I lend you a loan unit for {amount} days.',
    'You may keep the loan unit for {amount} days.',
    'The loan unit is yours for {amount} days.',
  ],
};
const courtesies = [
  'Thank you for writing to us.',
  'I am sorry for the trouble.',
  'I have looked at your case.',
  'It is good that you told us.',
] as const;
const ends = [
  'Is there anything else?',
  'Have a good day.',
  'Please write again at any time.',
  'We wish you all the best.',
] as const;

interface Talk {
  row: Row;
  contact: Row;
  agent: Row;
  concession: Concession | undefined;
  at: number;
  isChat: boolean;
}

function addTalk({ add }: Builder, draw: Draw, { row, contact, agent, concession, at, isChat }: Talk): void {
  const grant =
    concession && fill(draw.pick(grants[concession.kind as keyof typeof grants]), { amount: concession.amount });
  const said = [draw.pick(courtesies), grant, draw.pick(ends)].filter(Boolean).join(' ');
  if (isChat) {
    add('LiveChatTranscript', {
      ...{ CaseId: row.Id, AccountId: row.AccountId as string, ContactId: contact.Id, OwnerId: agent.Id },
      ...{ Body: `Customer: ${row.Description}\nAgent: ${said}`, EndTime: stamp(at + 30), LiveChatVisitorId: `V${at}` },
    });
    return;
  }
  const mail = (text: string, from: Row, to: Row, minute: number) =>
    add('EmailMessage', {
      ...{ Subject: row.Subject as string, TextBody: text, ParentId: row.Id, FromAddress: from.Email as string },
      ...{ ToIds: to.Id, MessageDate: stamp(minute) },
    });
  mail(row.Description as string, contact, agent, at);
  mail(said, agent, contact, at + 60);
}
