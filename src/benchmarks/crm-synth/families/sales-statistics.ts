/** sales_amount_understanding, sales_cycle_understanding, conversion_rate_comprehension: how agents sell. */
import type { Draw } from '../draw.ts';
import { daysBetween, isWithin } from '../org/calendar.ts';
import type { Org } from '../org/org.ts';
import type { Row, Tables } from '../org/schema.ts';
import {
  type Direction,
  type Family,
  type Focus,
  type Gold,
  idsOf,
  means,
  none,
  rowsWith,
  sums,
  valuesOf,
  winner,
} from './family.ts';
import { type Period, periodFor, timeRules } from './window.ts';
import { onlyId, orNone, todayIs, worded } from './wording.ts';

interface SalesParams extends Period {
  direction: Direction;
}

const signedIn = (tables: Tables, { window }: Period) =>
  tables.Contract.filter((row) => isWithin(row.CompanySignedDate, window));
const dealsOf = (tables: Tables, contracts: readonly Row[]) =>
  rowsWith(tables.Opportunity, 'ContractID__c', idsOf(contracts));

const sample = (_: Org, draw: Draw, isNone: boolean, whole: boolean): SalesParams => ({
  ...periodFor(draw, isNone && whole),
  direction: draw.pick(['highest', 'lowest']),
});

/** Deals that were signed in the window, some signed at other times, and some without a contract. */
function focusDeals(
  org: Org,
  params: SalesParams,
  { size, draw, none }: Focus,
): { Contract: Row[]; Opportunity: Row[] } {
  const { tables } = org;
  const signed = dealsOf(tables, signedIn(tables, params));
  const inside = none ? [] : draw.some(signed, Math.ceil(size * 0.7));
  const leftOut = none ? signed : inside;
  const others = draw.some(tables.Opportunity, size - inside.length).filter((row) => !leftOut.includes(row));
  const Opportunity = draw.shuffled([...inside, ...others]);
  return { Opportunity, Contract: rowsWith(tables.Contract, 'Id', valuesOf(Opportunity, 'ContractID__c')) };
}

const counts = (gold: Gold, rows: number): Gold => ({ ...gold, isClear: gold.isClear && rows >= 3 });
const signedRule = 'A sale belongs to a window of time by the CompanySignedDate of the contract of its opportunity.';

export const salesAmount: Family<SalesParams> = {
  name: 'sales_amount_understanding',
  persona: 'employee',
  answer: 'id',
  hasNone: true,
  columns: {
    ...{ Opportunity: ['Id', 'OwnerId', 'ContractID__c'], Contract: ['Id', 'CompanySignedDate'] },
    OpportunityLineItem: ['OpportunityId', 'PricebookEntryId', 'Quantity'],
    PricebookEntry: ['Id', 'UnitPrice'],
  },
  rules: `The sales amount of an agent is the sum of quantity times unit price (of the pricebook entry) over the line items of the agent's opportunities that were signed in the window. ${signedRule} ${timeRules}`,
  sample,
  focus(org, params, focus) {
    const deals = focusDeals(org, params, focus);
    const OpportunityLineItem = rowsWith(org.tables.OpportunityLineItem, 'OpportunityId', idsOf(deals.Opportunity));
    const PricebookEntry = rowsWith(org.tables.PricebookEntry, 'Id', valuesOf(OpportunityLineItem, 'PricebookEntryId'));
    return { ...deals, OpportunityLineItem, PricebookEntry };
  },
  gold(tables, params) {
    const deals = dealsOf(tables, signedIn(tables, params));
    if (deals.length === 0) return none;
    const owners = new Map(deals.map((row) => [row.Id, String(row.OwnerId)]));
    const prices = new Map(tables.PricebookEntry.map((row) => [row.Id, Number(row.UnitPrice)]));
    const amounts = sums();
    for (const { OpportunityId, PricebookEntryId, Quantity } of tables.OpportunityLineItem) {
      const owner = owners.get(String(OpportunityId));
      if (owner !== undefined) amounts.add(owner, Number(Quantity) * (prices.get(String(PricebookEntryId)) as number));
    }
    return counts(winner(amounts.totals, params.direction), deals.length);
  },
  ask: ({ direction, phrase, today }, draw) => ({
    question: worded(
      draw,
      [
        'Which agent had the {direction} sales amount {phrase}?',
        'Who sold for the {direction} total {phrase}?',
        'Looking at contracts signed {phrase}, which agent has the {direction} sales amount?',
      ],
      { direction, phrase },
    ),
    details: ['Count only agents with at least one sale in that time.', todayIs(today), onlyId('agent'), orNone],
  }),
};

export const salesCycle: Family<SalesParams> = {
  name: 'sales_cycle_understanding',
  persona: 'employee',
  answer: 'id',
  hasNone: true,
  columns: { Opportunity: ['Id', 'OwnerId', 'CreatedDate', 'ContractID__c'], Contract: ['Id', 'CompanySignedDate'] },
  rules: `The sales cycle of an opportunity is the number of days from the day of its CreatedDate to the CompanySignedDate of its contract. ${signedRule} ${timeRules}`,
  sample,
  focus: focusDeals,
  gold(tables, params) {
    const signed = new Map(signedIn(tables, params).map((row) => [row.Id, String(row.CompanySignedDate)]));
    const cycles = sums();
    let deals = 0;
    for (const row of tables.Opportunity) {
      const end = signed.get(String(row.ContractID__c));
      if (end === undefined) continue;
      cycles.add(String(row.OwnerId), daysBetween(String(row.CreatedDate), end));
      deals++;
    }
    return deals === 0 ? none : counts(winner(means(cycles), params.direction), deals);
  },
  ask: ({ direction, phrase, today }, draw) => ({
    question: worded(
      draw,
      [
        'Which agent had the {direction} mean sales cycle {phrase}?',
        'Whose sales cycle has the {direction} mean number of days {phrase}?',
        'Looking at contracts signed {phrase}, which agent has the {direction} average sales cycle?',
      ],
      { direction, phrase },
    ),
    details: [todayIs(today), onlyId('agent'), orNone],
  }),
};

export const conversionRate: Family<SalesParams> = {
  name: 'conversion_rate_comprehension',
  persona: 'employee',
  answer: 'id',
  hasNone: true,
  columns: { Lead: ['Id', 'OwnerId', 'CreatedDate', 'IsConverted', 'ConvertedDate'] },
  rules: `The conversion rate of an agent is the number of the agent's leads that were created in the window and converted in the same window, divided by the number of the agent's leads that were created in it. ${timeRules}`,
  sample,
  focus(org, { window }, { size, draw, none }) {
    const inside = none ? [] : org.tables.Lead.filter((row) => isWithin(row.CreatedDate, window));
    const owners = new Set(draw.some([...valuesOf(inside, 'OwnerId')], size < 12 ? 2 : 4));
    const own = draw.some(rowsWith(inside, 'OwnerId', owners), Math.ceil(size * 0.8));
    const others = draw.some(org.tables.Lead, size - own.length).filter((row) => !isWithin(row.CreatedDate, window));
    return { Lead: draw.shuffled([...own, ...others]) };
  },
  gold(tables, { window, direction }) {
    const rates = sums();
    const leads = tables.Lead.filter((row) => isWithin(row.CreatedDate, window));
    for (const row of leads) rates.add(String(row.OwnerId), isWithin(row.ConvertedDate, window) ? 1 : 0);
    return leads.length === 0 ? none : counts(winner(means(rates), direction), leads.length);
  },
  ask: ({ direction, phrase, today }, draw) => ({
    question: worded(
      draw,
      [
        'Which agent had the {direction} conversion rate {phrase}?',
        'Who converted leads at the {direction} rate {phrase}?',
        'For leads created {phrase}, which agent shows the {direction} conversion rate?',
      ],
      { direction, phrase },
    ),
    details: [todayIs(today), onlyId('agent'), orNone],
  }),
};
