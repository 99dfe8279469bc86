/** case_routing and lead_routing: who should get a new case or lead. */
import { fill } from '../fill.ts';
import { isWithin } from '../org/calendar.ts';
import { caseClosings, caseOpenings, issueKinds } from '../org/issues.ts';
import type { Row, Tables } from '../org/schema.ts';
import { type Family, type Gold, idsOf, none, rowsWith, sums, valuesOf } from './family.ts';
import { drawPeriod, type Period, timeRules } from './window.ts';
import { onlyId, todayIs, worded } from './wording.ts';

/** Agents with the best value of the first rule; of those, the ones with the best of the next, and so on. */
function best(agents: readonly string[], rules: readonly ((agent: string) => number)[]): Gold {
  let left = [...agents];
  for (const rule of rules) {
    const top = Math.max(...left.map(rule));
    left = left.filter((agent) => rule(agent) === top);
  }
  return left.length === 0 ? none : { answers: [left[0] as string], isClear: left.length === 1 };
}

interface CaseParams {
  /** What the customer writes. */
  text: string;
  /** Id of the issue that it tells of: a reader finds it from the text. */
  issue: string;
  product: string;
}

function countCases(tables: Tables, fits: (row: Row) => boolean): (agent: string) => number {
  const { counts } = tables.Case.filter(fits).reduce((all, row) => {
    all.add(String(row.OwnerId), 1);
    return all;
  }, sums());
  return (agent) => counts.get(agent) ?? 0;
}

export const caseRouting: Family<CaseParams> = {
  name: 'case_routing',
  persona: 'employee',
  answer: 'id',
  hasNone: false,
  columns: {
    ...{ Issue__c: ['Id', 'Name', 'Description__c'], Product2: ['Id', 'Name'], OrderItem: ['Id', 'Product2Id'] },
    Case: ['Id', 'OwnerId', 'Status', 'IssueId__c', 'OrderItemId__c'],
  },
  rules:
    'A new case goes to the agent who owns the most closed cases of the issue that is most like it. If several agents have as many: to the one of them with the most closed cases about the same product. If there are still several: to the one of them with the fewest cases that are not closed.',
  sample(org, draw) {
    const at = draw.int(issueKinds.length);
    const product = String(draw.pick(org.tables.Product2).Name);
    const report = draw.pick(issueKinds[at]!.reports);
    const text = `${fill(draw.pick(caseOpenings), { product, report })} ${draw.pick(caseClosings)}`;
    return { text, product, issue: (org.tables.Issue__c[at] as Row).Id };
  },
  focus({ tables }, { issue, product }, { size, draw }) {
    const own = draw.some(
      tables.Case.filter((row) => row.IssueId__c === issue),
      Math.ceil(size / 2),
    );
    const owners = new Set(draw.some([...valuesOf(own, 'OwnerId')], size < 12 ? 3 : 5));
    const others = draw
      .some(rowsWith(tables.Case, 'OwnerId', owners), size - own.length)
      .filter((row) => !own.includes(row));
    const Case = draw.shuffled([...rowsWith(own, 'OwnerId', owners), ...others]);
    const OrderItem = rowsWith(tables.OrderItem, 'Id', valuesOf(Case, 'OrderItemId__c'));
    const named = valuesOf(OrderItem, 'Product2Id');
    const issues = valuesOf(Case, 'IssueId__c');
    return {
      Issue__c: tables.Issue__c.filter((row) => row.Id === issue || issues.has(row.Id)),
      Product2: tables.Product2.filter((row) => row.Name === product || named.has(row.Id)),
      ...{ OrderItem, Case },
    };
  },
  gold(tables, { issue, product }) {
    const items = idsOf(
      rowsWith(tables.OrderItem, 'Product2Id', idsOf(tables.Product2.filter((row) => row.Name === product))),
    );
    const closed = (row: Row) => row.Status === 'Closed';
    const ofIssue = countCases(tables, (row) => closed(row) && row.IssueId__c === issue);
    const agents = [...new Set(tables.Case.map((row) => String(row.OwnerId)))];
    const gold = best(agents, [
      ofIssue,
      countCases(tables, (row) => closed(row) && items.has(String(row.OrderItemId__c))),
      (
        (open) => (agent: string) =>
          -open(agent)
      )(countCases(tables, (row) => !closed(row))),
    ]);
    return { ...gold, isClear: gold.isClear && ofIssue(gold.answers[0] as string) > 0 };
  },
  ask: ({ text, product }, draw) => ({
    question: worded(
      draw,
      [
        'Which agent should get this new case about the {product}? "{text}"',
        'A new case about the {product} came in: "{text}" Who is the right agent for it?',
        'Who should take over the following case on the {product}? "{text}"',
      ],
      { text, product },
    ),
    details: [onlyId('agent')],
  }),
};

interface LeadParams extends Period {
  state: string;
}

export const leadRouting: Family<LeadParams> = {
  name: 'lead_routing',
  persona: 'employee',
  answer: 'id',
  hasNone: false,
  columns: {
    ...{ Territory2: ['Id', 'Name', 'Description'], UserTerritory2Association: ['UserId', 'Territory2Id'] },
    ...{ Quote: ['Id', 'OpportunityId', 'Status', 'CreatedDate'], Opportunity: ['Id', 'OwnerId'] },
    Lead: ['Id', 'OwnerId', 'IsConverted'],
  },
  rules: `A new lead goes to an agent of the territory whose description lists the state of the lead: to the one who owns the opportunities of the most quotes that have the status Accepted and were created in the given time. If several agents have as many, also if none of them has any: to the one of them with the fewest leads that are not converted. ${timeRules}`,
  sample(org, draw) {
    const states = org.tables.Territory2.flatMap((row) => String(row.Description).split(','));
    return { ...drawPeriod(draw), state: draw.pick(states) };
  },
  focus({ tables }, { state, window }, { size, draw }) {
    const home = tables.Territory2.filter((row) => String(row.Description).split(',').includes(state));
    const here = rowsWith(tables.UserTerritory2Association, 'Territory2Id', idsOf(home));
    const own = valuesOf(draw.some(here, size < 12 ? 2 : 3), 'UserId');
    const away = draw.some(
      tables.UserTerritory2Association.filter((row) => !here.includes(row)),
      2,
    );
    const agents = new Set([...own, ...valuesOf(away, 'UserId')]);
    const deals = idsOf(rowsWith(tables.Opportunity, 'OwnerId', agents));
    const quotes = rowsWith(tables.Quote, 'OpportunityId', deals);
    const inside = draw.some(
      quotes.filter((row) => isWithin(row.CreatedDate, window)),
      Math.ceil(size / 2),
    );
    const Quote = draw.shuffled([
      ...inside,
      ...draw.some(
        quotes.filter((row) => !inside.includes(row)),
        Math.ceil(size / 4),
      ),
    ]);
    return {
      Territory2: tables.Territory2,
      UserTerritory2Association: rowsWith(tables.UserTerritory2Association, 'UserId', agents),
      ...{ Quote, Opportunity: rowsWith(tables.Opportunity, 'Id', valuesOf(Quote, 'OpportunityId')) },
      Lead: draw.some(rowsWith(tables.Lead, 'OwnerId', agents), Math.ceil(size / 2)),
    };
  },
  gold(tables, { state, window }) {
    const home = idsOf(tables.Territory2.filter((row) => String(row.Description).split(',').includes(state)));
    const agents = rowsWith(tables.UserTerritory2Association, 'Territory2Id', home).map((row) => String(row.UserId));
    const owners = new Map(tables.Opportunity.map((row) => [row.Id, String(row.OwnerId)]));
    const won = sums();
    for (const row of tables.Quote)
      if (row.Status === 'Accepted' && isWithin(row.CreatedDate, window))
        won.add(owners.get(String(row.OpportunityId)) as string, 1);
    const waiting = sums();
    for (const row of tables.Lead) if (row.IsConverted === 0) waiting.add(String(row.OwnerId), 1);
    return best(agents, [(agent) => won.counts.get(agent) ?? 0, (agent) => -(waiting.counts.get(agent) ?? 0)]);
  },
  ask: ({ state, phrase, today }, draw) => ({
    question: worded(
      draw,
      [
        'A new lead comes from {state}. Which agent should get it?',
        'Who should take a lead in {state}?',
        'To which agent does a new lead from the state {state} go?',
      ],
      { state },
    ),
    details: [`Look at quotes created ${phrase}.`, todayIs(today), onlyId('agent')],
  }),
};
