/** handle_time, transfer_count, best_region_identification: how cases went in a window of time. */
import type { Draw } from '../draw.ts';
import { isWithin, minuteOf, type Window } from '../org/calendar.ts';
import type { Org } from '../org/org.ts';
import type { Row, Tables } from '../org/schema.ts';
import {
  type Direction,
  type Family,
  type Focus,
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

interface AgentParams extends Period {
  direction: Direction;
  /** Cases that an agent must have managed. */
  least: number;
}

const assignments = (tables: Tables) => tables.CaseHistory__c.filter((row) => row.Field__c === 'Owner Assignment');
const casesIn = (tables: Tables, window: Window) => tables.Case.filter((row) => isWithin(row.CreatedDate, window));
const minutesOf = (row: Row) => minuteOf(String(row.ClosedDate)) - minuteOf(String(row.CreatedDate));

/** Agents who were given at least so many of the cases, those passed on again included. */
function managing(hands: readonly Row[], least: number): Set<string> {
  const cases = new Map<string, Set<unknown>>();
  for (const { NewValue__c, CaseId__c } of hands) {
    const agent = String(NewValue__c);
    cases.set(agent, (cases.get(agent) ?? new Set()).add(CaseId__c));
  }
  return new Set([...cases].filter(([, own]) => own.size >= least).map(([agent]) => agent));
}

function sampleAgents(draw: Draw, isNone: boolean): AgentParams {
  return { ...periodFor(draw, isNone), direction: draw.pick(['highest', 'lowest']), least: draw.between(1, 3) };
}

/** Cases of a few agents within the window, and as many outside it. */
function focusCases(org: Org, { window }: Period, { size, draw, none }: Focus, owners: number): Row[] {
  const inside = none ? [] : casesIn(org.tables, window);
  const chosen = new Set(draw.some([...valuesOf(inside, 'OwnerId')], owners));
  const own = draw.some(rowsWith(inside, 'OwnerId', chosen), Math.ceil(size * 0.8));
  const outside = draw.some(org.tables.Case, size - own.length).filter((row) => !isWithin(row.CreatedDate, window));
  return draw.shuffled([...own, ...outside]);
}

const focusHands = (org: Org, cases: readonly Row[]) => rowsWith(assignments(org.tables), 'CaseId__c', idsOf(cases));

const caseColumns = ['Id', 'OwnerId', 'CreatedDate', 'ClosedDate'];
const historyColumns = ['CaseId__c', 'Field__c', 'OldValue__c', 'NewValue__c'];

const agentFamily = {
  persona: 'employee',
  answer: 'id',
  hasNone: true,
  columns: { Case: caseColumns, CaseHistory__c: historyColumns },
  sample: (_: Org, draw: Draw, isNone: boolean, whole: boolean) => sampleAgents(draw, isNone && whole),
  focus(org: Org, params: AgentParams, focus: Focus) {
    const Case = focusCases(org, params, focus, focus.size < 12 ? 2 : 4);
    return { Case, CaseHistory__c: focusHands(org, Case) };
  },
} as const;

const managed =
  'An agent manages a case if an Owner Assignment in the history of the case names the agent as the new value, even if the case is passed on later. A case belongs to a window of time by its CreatedDate.';

export const handleTime: Family<AgentParams> = {
  ...agentFamily,
  name: 'handle_time',
  rules: `${managed} The handle time of a closed case is the time from CreatedDate to ClosedDate. Only cases with exactly one Owner Assignment count for handle times, for their OwnerId. ${timeRules}`,
  gold(tables, { window, direction, least }) {
    const cases = casesIn(tables, window);
    const hands = rowsWith(assignments(tables), 'CaseId__c', idsOf(cases));
    const perCase = sums();
    for (const hand of hands) perCase.add(String(hand.CaseId__c), 1);
    const able = managing(hands, least);
    const times = sums();
    for (const row of cases)
      if (row.ClosedDate !== null && perCase.counts.get(row.Id) === 1 && able.has(String(row.OwnerId)))
        times.add(String(row.OwnerId), minutesOf(row));
    if (times.totals.size === 0) return none;
    const gold = winner(means(times), direction);
    return { ...gold, isClear: gold.isClear && cases.length >= 3 };
  },
  ask: ({ direction, phrase, today, least }, draw) => ({
    question: worded(
      draw,
      [
        'Which agent had the {direction} mean handle time {phrase}?',
        'Whose mean handle time was the {direction} of all our agents {phrase}?',
        'Looking at cases opened {phrase}, which agent shows the {direction} mean handle time?',
      ],
      { direction, phrase },
    ),
    details: [
      `Count only agents who managed at least ${least} of these cases.`,
      todayIs(today),
      onlyId('agent'),
      orNone,
    ],
  }),
};

export const transferCount: Family<AgentParams> = {
  ...agentFamily,
  name: 'transfer_count',
  rules: `${managed} An Owner Assignment whose old value names an agent is a transfer by that agent. ${timeRules}`,
  gold(tables, { window, direction, least }) {
    const cases = casesIn(tables, window);
    const hands = rowsWith(assignments(tables), 'CaseId__c', idsOf(cases));
    const transfers = new Map([...managing(hands, least)].map((agent) => [agent, 0]));
    for (const { OldValue__c } of hands) {
      const before = transfers.get(String(OldValue__c));
      if (before !== undefined) transfers.set(String(OldValue__c), before + 1);
    }
    const gold = winner(transfers, direction);
    return { ...gold, isClear: gold.isClear && (cases.length >= 3 || transfers.size === 0) };
  },
  ask: ({ direction, phrase, today, least }, draw) => ({
    question: worded(
      draw,
      [
        'Which agent comes out {direction} by transfers of cases {phrase}?',
        'Who passed cases on with the {direction} count {phrase}?',
        'For cases opened {phrase}, which agent has the {direction} transfer count?',
      ],
      { direction, phrase },
    ),
    details: [
      `Count only agents who managed at least ${least} of these cases.`,
      todayIs(today),
      onlyId('agent'),
      orNone,
    ],
  }),
};

export const bestRegion: Family<Period> = {
  name: 'best_region_identification',
  persona: 'employee',
  answer: 'state',
  hasNone: true,
  columns: { Case: ['Id', 'AccountId', 'CreatedDate', 'ClosedDate'], Account: ['Id', 'ShippingState'] },
  rules: `The region of a case is the ShippingState of its account. The closing time of a closed case is the time from CreatedDate to ClosedDate. A case belongs to a window of time by its CreatedDate. ${timeRules}`,
  sample: (_, draw, isNone, whole) => periodFor(draw, isNone && whole),
  focus(org, params, { size, draw, none }) {
    const inside = none ? [] : casesIn(org.tables, params.window);
    const own = draw.some(inside, Math.ceil(size * 0.8));
    const outside = draw
      .some(org.tables.Case, size - own.length)
      .filter((row) => !isWithin(row.CreatedDate, params.window));
    const Case = draw.shuffled([...own, ...outside]);
    return { Case, Account: rowsWith(org.tables.Account, 'Id', valuesOf(Case, 'AccountId')) };
  },
  gold(tables, { window }) {
    const states = new Map(tables.Account.map((row) => [row.Id, String(row.ShippingState)]));
    const times = sums();
    for (const row of casesIn(tables, window))
      if (row.ClosedDate !== null) times.add(states.get(String(row.AccountId)) as string, minutesOf(row));
    if (times.totals.size === 0) return none;
    const gold = winner(means(times), 'lowest');
    return { ...gold, isClear: gold.isClear && [...times.counts.values()].reduce((a, b) => a + b, 0) >= 3 };
  },
  ask: ({ phrase, today }, draw) => ({
    question: worded(
      draw,
      [
        'In which state were cases closed quickest on average {phrase}?',
        'Which state had the shortest mean closing time {phrase}?',
        'For cases opened {phrase}, which state has the lowest mean time to closing?',
      ],
      { phrase },
    ),
    details: [todayIs(today), 'Answer with the two-letter code of the state and nothing else.', orNone],
  }),
};
