/** top_issue_identification and monthly_trend_analysis: what is reported about a product, and when. */
import { isWithin, monthName } from '../org/calendar.ts';
import type { Org } from '../org/org.ts';
import type { Row, Tables } from '../org/schema.ts';
import { type Family, type Focus, type Gold, idsOf, none, rowsWith, sums, valuesOf, winner } from './family.ts';
import { drawPeriod, emptyPeriod, type Period, timeRules } from './window.ts';
import { onlyId, orNone, todayIs, worded } from './wording.ts';

interface ProductParams extends Period {
  /** Name of the product. */
  product: string;
}

function casesOf(tables: Tables, { product, window }: ProductParams): Row[] {
  const products = idsOf(tables.Product2.filter((row) => row.Name === product));
  const items = idsOf(rowsWith(tables.OrderItem, 'Product2Id', products));
  return rowsWith(tables.Case, 'OrderItemId__c', items).filter((row) => isWithin(row.CreatedDate, window));
}

function mostOf(cases: readonly Row[], keyOf: (row: Row) => string): Gold {
  if (cases.length === 0) return none;
  const counted = sums();
  for (const row of cases) counted.add(keyOf(row), 1);
  const gold = winner(counted.counts, 'highest');
  return { ...gold, isClear: (gold.isClear || counted.counts.size === 1) && cases.length >= 3 };
}

const shared = {
  persona: 'employee',
  sample(org: Org, draw: import('../draw.ts').Draw, isNone: boolean, whole: boolean): ProductParams {
    return {
      ...(isNone && whole ? emptyPeriod(draw) : drawPeriod(draw)),
      product: String(draw.pick(org.tables.Product2).Name),
    };
  },
  /** Cases of the product within the window, cases of it outside, and cases of other products. */
  focus(org: Org, params: ProductParams, { size, draw, none }: Focus) {
    const { tables } = org;
    const inside = none ? [] : draw.some(casesOf(tables, params), Math.ceil(size * 0.7));
    const all = casesOf(tables, { ...params, window: { from: '2021', to: '2025' } });
    const outside = draw
      .some(all, Math.ceil((size - inside.length) / 2))
      .filter((row) => !isWithin(row.CreatedDate, params.window));
    const others = draw
      .some(tables.Case, Math.max(1, size - inside.length - outside.length))
      .filter((row) => !all.includes(row));
    const Case = draw.shuffled([...inside, ...outside, ...others]);
    const OrderItem = rowsWith(tables.OrderItem, 'Id', valuesOf(Case, 'OrderItemId__c'));
    const Product2 = tables.Product2.filter(
      (row) => row.Name === params.product || valuesOf(OrderItem, 'Product2Id').has(row.Id),
    );
    return { Product2, OrderItem, Case };
  },
} as const;

const about = 'A case is about the product of its OrderItemId__c. It belongs to a window of time by its CreatedDate.';

export const topIssue: Family<ProductParams> = {
  ...shared,
  name: 'top_issue_identification',
  answer: 'id',
  hasNone: true,
  columns: {
    ...{ Product2: ['Id', 'Name'], OrderItem: ['Id', 'Product2Id'] },
    Case: ['Id', 'OrderItemId__c', 'IssueId__c', 'CreatedDate'],
  },
  rules: `${about} ${timeRules}`,
  gold: (tables, params) => mostOf(casesOf(tables, params), (row) => String(row.IssueId__c)),
  ask: ({ product, phrase, today }, draw) => ({
    question: worded(
      draw,
      [
        'Which issue was reported most often for the {product} {phrase}?',
        'What is the most frequent issue of the {product} {phrase}?',
        'Among cases about the {product} opened {phrase}, which issue leads?',
      ],
      { product, phrase },
    ),
    details: [todayIs(today), onlyId('issue'), orNone],
  }),
};

export const monthlyTrend: Family<ProductParams> = {
  ...shared,
  name: 'monthly_trend_analysis',
  answer: 'month',
  hasNone: false,
  columns: { Product2: ['Id', 'Name'], OrderItem: ['Id', 'Product2Id'], Case: ['Id', 'OrderItemId__c', 'CreatedDate'] },
  rules: `${about} ${timeRules}`,
  gold: (tables, params) => mostOf(casesOf(tables, params), (row) => monthName(String(row.CreatedDate))),
  ask: ({ product, phrase, today }, draw) => ({
    question: worded(
      draw,
      [
        'In which month did the {product} have the most cases {phrase}?',
        'Which month stands out with the most cases about the {product} {phrase}?',
        'Looking {phrase}, when was the number of cases about the {product} highest?',
      ],
      { product, phrase },
    ),
    details: [todayIs(today), 'Answer with the name of the month and nothing else.'],
  }),
};
