import type { Draw } from '../draw.ts';
import { fill } from '../fill.ts';
import { editions, firmNames, firstNames, lastNames } from '../words.ts';
import type { Catalogue, Product } from './build-catalogue.ts';
import type { People } from './build-people.ts';
import type { Builder } from './builder.ts';
import { day, daysOfTheOrg, minuteOfDay, stamp } from './calendar.ts';
import type { Factor, Insight } from './org.ts';
import { configKinds, type PolicyKind, quoteKinds } from './policies.ts';
import {
  competitors,
  competitorWords,
  factors,
  factorWords,
  leadLimits,
  type Stage,
  smallTalk,
  stages,
  taskSubjects,
  topics,
  topicWords,
} from './sales-words.ts';
import type { Row } from './schema.ts';

export interface Sales {
  unmet: ReadonlyMap<string, readonly Factor[]>;
  insights: ReadonlyMap<string, Insight>;
}

export function buildSales(builder: Builder, people: People, catalogue: Catalogue): Sales {
  const draw = builder.draw('sales');
  const article =
    'A lead is qualified if four factors are met. Budget: at least {budget} dollars. Authority: the speaker decides alone. Need: the present devices do not do the job. Timeline: a start within {months} months.';
  builder.add('Knowledge__kav', {
    ...{ Title: 'When a lead is qualified', Summary: 'Rule for sales', UrlName: 'when-a-lead-is-qualified' },
    FAQ_Answer__c: fill(article, leadLimits),
  });
  // How often an agent wins a lead, and how quickly an opportunity of that agent closes.
  const latent = people.agents.map(() => ({ converts: draw.between(15, 75), days: draw.between(20, 150) }));
  const unmet = new Map<string, Factor[]>();
  for (let i = 0; i < 180 * builder.scale; i++) {
    const agent = draw.int(people.agents.length);
    const [id, missing] = addLead(builder, draw, people, { agent: people.agents[agent] as Row, ...latent[agent]! });
    unmet.set(id, missing);
  }
  const insights = new Map<string, Insight>();
  for (let i = 0; i < 120 * builder.scale; i++) {
    const agent = draw.int(people.agents.length);
    const [id, insight] = addOpportunity(builder, draw, people, catalogue, {
      agent: people.agents[agent] as Row,
      ...latent[agent]!,
    });
    insights.set(id, insight);
  }
  return { unmet, insights };
}

interface Seller {
  agent: Row;
  converts: number;
  days: number;
}

function addLead(builder: Builder, draw: Draw, people: People, { agent, converts }: Seller): [string, Factor[]] {
  const { add, rows } = builder;
  const missing = draw.chance(25) ? [] : draw.some(factors, draw.pick([1, 1, 1, 2, 2, 3])).sort();
  const days = draw.int(daysOfTheOrg - 130);
  const isConverted = draw.chance(converts);
  const account = draw.pick(people.accounts);
  const contact = draw.pick(people.contacts.get(account.Id) as readonly Row[]);
  const [first, last] = [draw.pick(firstNames), draw.pick(lastNames)];
  const lead = add('Lead', {
    ...{
      FirstName: first,
      LastName: last,
      Email: `${first}.${last}.${rows.Lead.length + 1}@lead.example`.toLowerCase(),
    },
    ...{
      Phone: `555-${draw.between(1000, 9999)}`,
      Company: `${draw.pick(firmNames)} Group`,
      Title: draw.pick(['Buyer', 'Owner', 'Head of IT', 'Clerk']),
    },
    ...{ Status: isConverted ? 'Converted' : draw.pick(['New', 'Working', 'Nurturing']), OwnerId: agent.Id },
    ...{ CreatedDate: stamp(minuteOfDay(days, draw.between(480, 1000))), IsConverted: isConverted ? 1 : 0 },
    ConvertedDate: isConverted ? day(minuteOfDay(days + draw.between(3, 110))) : null,
    ...{ ConvertedContactId: isConverted ? contact.Id : null, ConvertedAccountId: isConverted ? account.Id : null },
  });
  const said = draw.shuffled([
    ...factors.map((factor) => sayFactor(draw, factor, missing.includes(factor))),
    ...draw.some(smallTalk, 2),
  ]);
  addCall(builder, draw, { LeadId__c: lead.Id, OpportunityId__c: null }, said, days + 1);
  return [lead.Id, missing];
}

function sayFactor(draw: Draw, factor: Factor, isMissing: boolean): string {
  const { budget, months } = leadLimits;
  const n =
    factor === 'Budget'
      ? budget + 500 * (isMissing ? -draw.between(1, 6) : draw.int(7))
      : months + (isMissing ? draw.between(1, 6) : -draw.int(5));
  return fill(draw.pick(factorWords[factor][isMissing ? 'unmet' : 'met']), { n });
}

function addCall(
  { add }: Builder,
  draw: Draw,
  about: { LeadId__c: string | null; OpportunityId__c: string | null },
  said: readonly string[],
  days: number,
): void {
  const at = minuteOfDay(days, draw.between(480, 1000));
  const asked = [
    'Agent: Thank you for your time.',
    'Agent: I see.',
    'Agent: Please go on.',
    'Agent: What else matters?',
  ];
  const body = said.map((sentence, i) => `${asked[Math.min(i, 3)]}\nCustomer: ${sentence}`).join('\n');
  add('VoiceCallTranscript__c', { ...about, Body__c: body, CreatedDate: stamp(at), EndTime__c: stamp(at + 20) });
}

function addOpportunity(
  builder: Builder,
  draw: Draw,
  people: People,
  catalogue: Catalogue,
  { agent, days }: Seller,
): [string, Insight] {
  const { add, rows } = builder;
  const stage = draw.pick([...stages, 'Closed', 'Closed'] as const);
  const account = draw.pick(people.accounts);
  const contact = draw.pick(people.contacts.get(account.Id) as readonly Row[]);
  const created = draw.int(daysOfTheOrg - 260);
  const closed = created + Math.floor((days * draw.between(60, 140)) / 100) + 2;
  // The record says another stage than the evidence in four cases of ten.
  const named = draw.chance(60) ? stage : draw.pick(stages);
  const contract = stage === 'Closed' ? addContract(builder, draw, account, closed) : undefined;
  const opportunity = add('Opportunity', {
    ...{ Name: `${account.Name} ${rows.Opportunity.length + 1}`, Description: `Devices for ${account.Name}` },
    ...{ StageName: named, Probability: 20 * (stages.indexOf(named) + 1), Amount: draw.between(10, 200) * 100 },
    ...{ CreatedDate: stamp(minuteOfDay(created, draw.between(480, 1000))), CloseDate: day(minuteOfDay(closed)) },
    ...{ AccountId: account.Id, ContactId: contact.Id, OwnerId: agent.Id, ContractID__c: contract?.Id ?? null },
  });
  const of = { opportunity, account, contact, agent, created, stage };
  if (stages.indexOf(stage) > 0) addEvent(builder, draw, of);
  addTasks(builder, draw, of, named);
  if (stages.indexOf(stage) >= 2) addQuote(builder, draw, catalogue, of);
  else addLines(builder, draw, draw.some(catalogue.products, draw.between(1, 3)), opportunity);
  return [opportunity.Id, addInsight(builder, draw, opportunity, created)];
}

function addContract({ add }: Builder, draw: Draw, account: Row, closed: number): Row {
  return add('Contract', {
    ...{ AccountId: account.Id, Status: 'Activated', StartDate: day(minuteOfDay(closed + 10)) },
    ...{ CustomerSignedDate: day(minuteOfDay(closed - 1)), CompanySignedDate: day(minuteOfDay(closed)) },
    ...{ ContractTerm: draw.pick([12, 24, 36]), Description: `Contract with ${account.Name}` },
  });
}

interface Deal {
  opportunity: Row;
  account: Row;
  contact: Row;
  agent: Row;
  created: number;
  stage: Stage;
}

function addEvent({ add }: Builder, draw: Draw, { opportunity, agent, created }: Deal): void {
  for (let i = draw.between(1, 2); i > 0; i--)
    add('Event', {
      ...{ WhatId: opportunity.Id, OwnerId: agent.Id, Subject: draw.pick(['Meeting', 'Demo', 'Video call']) },
      ...{ StartDateTime: stamp(minuteOfDay(created + 3 * i, 600)), Duration: 30 * draw.between(1, 4) },
    });
}

/** Tasks of all stages, those of the named one more often. */
function addTasks({ add }: Builder, draw: Draw, { opportunity, agent, created }: Deal, named: Stage): void {
  const others = stages.filter((stage) => stage !== named).flatMap((stage) => taskSubjects[stage]);
  const subjects = draw.shuffled([
    ...draw.some(taskSubjects[named], draw.between(2, 4)),
    ...draw.some(others, draw.between(2, 5)),
  ]);
  // Now and then all that the stage asks for is done.
  const isDone = draw.chance(15);
  subjects.forEach((subject, i) => {
    const status = draw.pick(['Not Started', 'In Progress', 'Completed']);
    add('Task', {
      ...{ WhatId: opportunity.Id, OwnerId: agent.Id, Subject: `${subject} (${opportunity.Name})` },
      ...{
        Description: 'See the notes of the call.',
        Status: isDone && taskSubjects[named].includes(subject) ? 'Completed' : status,
      },
      ...{ Priority: draw.pick(['Low', 'Normal', 'High']), ActivityDate: day(minuteOfDay(created + 5 + 2 * i)) },
    });
  });
}

function addInsight(builder: Builder, draw: Draw, { Id }: Row, created: number): Insight {
  const talked = draw.some(topics, draw.between(3, 5));
  const negative = talked.slice(0, draw.between(1, Math.min(3, talked.length - 1)));
  const positive = talked.slice(negative.length);
  const competitor = draw.chance(50) ? draw.pick(competitors) : null;
  const said = [
    ...negative.map((topic) => draw.pick(topicWords[topic]!.negative)),
    ...positive.map((topic) => draw.pick(topicWords[topic]!.positive)),
    ...draw.some(smallTalk, 2),
    ...(competitor === null ? [] : [fill(draw.pick(competitorWords), { competitor })]),
  ];
  addCall(builder, draw, { LeadId__c: null, OpportunityId__c: Id }, draw.shuffled(said), created + 2);
  return { negative, positive, competitor };
}

function addLines({ add }: Builder, draw: Draw, products: readonly Product[], { Id }: Row): Row[] {
  return products.map(({ row, entry, price }) => {
    const quantity = draw.between(1, 12);
    return add('OpportunityLineItem', {
      ...{ OpportunityId: Id, Product2Id: row.Id, PricebookEntryId: entry.Id },
      ...{ Quantity: quantity, TotalPrice: quantity * price },
    });
  });
}

type Line = { product: Product; quantity: number; discount: number };

/** A quote that keeps all rules, or all but one. */
function addQuote(builder: Builder, draw: Draw, catalogue: Catalogue, deal: Deal): void {
  const { opportunity, account, contact, created, stage } = deal;
  const broken = draw.chance(30) ? undefined : draw.pick([...quoteKinds, ...configKinds]);
  const limits = Object.fromEntries([...catalogue.policies.values()].map(({ kind, limit }) => [kind, limit])) as Record<
    PolicyKind,
    number
  >;
  const lines = drawLines(draw, catalogue.products, limits, broken);
  const items = addLines(
    builder,
    draw,
    lines.map(({ product }) => product),
    opportunity,
  );
  const start = created + 8;
  const validity = broken === 'validity' ? limits.validity + draw.between(1, 20) : limits.validity - draw.int(20);
  const quote = builder.add('Quote', {
    ...{
      OpportunityId: opportunity.Id,
      AccountId: account.Id,
      ContactId: contact.Id,
      Name: `Quote for ${opportunity.Name}`,
    },
    Description: `Offer to ${account.Name}`,
    Status:
      stage === 'Closed'
        ? 'Accepted'
        : stage === 'Negotiation'
          ? draw.pick(['In Review', 'Accepted'])
          : draw.pick(['Draft', 'Presented']),
    ...{ CreatedDate: stamp(minuteOfDay(start, 600)), ExpirationDate: day(minuteOfDay(start + validity)) },
  });
  lines.forEach(({ product, quantity, discount }, i) => {
    builder.add('QuoteLineItem', {
      ...{ QuoteId: quote.Id, OpportunityLineItemId: (items[i] as Row).Id, Product2Id: product.row.Id },
      ...{ PricebookEntryId: product.entry.Id, Quantity: quantity, UnitPrice: product.price, Discount: discount },
      TotalPrice: (quantity * product.price * (100 - discount)) / 100,
    });
  });
}

function drawLines(
  draw: Draw,
  products: readonly Product[],
  limits: Record<PolicyKind, number>,
  broken: PolicyKind | undefined,
): Line[] {
  const kinds = broken === 'one_edition' ? [...editions] : draw.some(editions, 2);
  const fitting = products.filter(({ edition }) => kinds.includes(edition));
  const count = broken === 'most_lines' ? limits.most_lines + 1 : broken === 'one_edition' ? 3 : draw.between(1, 3);
  const chosen =
    broken === 'one_edition'
      ? editions.map((edition) => draw.pick(products.filter((product) => product.edition === edition)))
      : draw.some(fitting, count);
  const lines = chosen.map((product) => ({
    product,
    quantity: quantityOf(draw, product, limits),
    discount: 5 * draw.int(limits.line_discount / 5 + 1),
  }));
  const first = lines[0] as Line;
  if (broken === 'line_discount') first.discount = limits.line_discount + 5 * draw.between(1, 3);
  if (broken === 'most_pieces')
    first.quantity =
      stepOf(first.product, limits) *
      Math.ceil((limits.most_pieces + draw.between(1, 9)) / stepOf(first.product, limits));
  if (broken === 'even_pieces') swapIn(draw, first, products, 'Basic', limits.even_pieces * draw.between(2, 4) + 1);
  if (broken === 'least_max') swapIn(draw, first, products, 'Max', draw.between(1, limits.least_max - 1));
  if (broken === 'least_total') return [cheapLine(draw, products, limits)];
  return lines;
}

const stepOf = ({ edition }: Product, limits: Record<PolicyKind, number>) =>
  edition === 'Basic' ? limits.even_pieces : 1;

function quantityOf(draw: Draw, product: Product, limits: Record<PolicyKind, number>): number {
  if (product.edition === 'Max') return draw.between(limits.least_max, 20);
  return stepOf(product, limits) * draw.between(3, 7);
}

function swapIn(
  draw: Draw,
  line: Line,
  products: readonly Product[],
  edition: Product['edition'],
  quantity: number,
): void {
  line.product = draw.pick(products.filter((product) => product.edition === edition));
  line.quantity = quantity;
}

/** One piece (of Basic: one pack) of a cheap product. */
function cheapLine(draw: Draw, products: readonly Product[], limits: Record<PolicyKind, number>): Line {
  const cheap = [...products].filter(({ edition }) => edition === 'Plus').sort((a, b) => a.price - b.price);
  return { product: cheap[0] as Product, quantity: 1, discount: 5 * draw.int(limits.line_discount / 5 + 1) };
}
