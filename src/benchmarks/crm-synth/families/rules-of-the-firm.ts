/** policy_violation_identification, quote_approval, invalid_config: does a case or a quote break a rule of the company? */
import type { Draw } from '../draw.ts';
import { daysBetween } from '../org/calendar.ts';
import type { Org } from '../org/org.ts';
import { configKinds, type PolicyKind, quoteKinds, serviceKinds } from '../org/policies.ts';
import type { Row, Tables } from '../org/schema.ts';
import { type Family, type Focus, type Gold, idsOf, none, rowsWith, valuesOf } from './family.ts';
import { onlyId, orNone, worded } from './wording.ts';

/** Rule → its article and limit, as the article's text says. */
type Limits = Readonly<Record<string, { article: string; limit: number }>>;

const limitsOf = (org: Org, kinds: readonly PolicyKind[]): Limits =>
  Object.fromEntries(
    [...org.policies]
      .filter(([, { kind }]) => kinds.includes(kind))
      .map(([article, { kind, limit }]) => [kind, { article, limit }]),
  );

/** Articles of these rules, with others beside them at larger sizes. */
function articlesFor({ tables }: Org, limits: Limits, { size, draw }: Focus): Row[] {
  const own = new Set(Object.values(limits).map(({ article }) => article));
  const others = size < 12 ? 0 : 8;
  const rest = draw.some(
    tables.Knowledge__kav.filter((row) => !own.has(row.Id)),
    others,
  );
  return draw.shuffled([...tables.Knowledge__kav.filter((row) => own.has(row.Id)), ...rest]);
}

const articleColumns = ['Id', 'Title', 'FAQ_Answer__c'];

interface CaseParams {
  caseId: string;
  /** What the agent granted, as mails and chat of the case tell. */
  granted: { kind: string; amount: number } | null;
  limits: Limits;
}

export const policyViolation: Family<CaseParams> = {
  name: 'policy_violation_identification',
  persona: 'employee',
  answer: 'id',
  hasNone: true,
  columns: {
    ...{
      Knowledge__kav: articleColumns,
      Case: ['Id', 'Channel'],
      EmailMessage: ['ParentId', 'FromAddress', 'TextBody'],
    },
    LiveChatTranscript: ['CaseId', 'Body'],
  },
  rules:
    'What an agent granted stands in the e-mails (ParentId) or the chat (CaseId) of the case. It violates a rule if it goes beyond the limit that an article of the knowledge base sets.',
  sample(org, draw, isNone) {
    const { Id } = draw.pick(org.tables.Case);
    const granted = org.concessions.get(Id) ?? null;
    // Most cases grant nothing: where nothing shall be wrong, half of the tasks have something that is allowed.
    if (granted === null && (!isNone || draw.chance(80))) return undefined;
    return { caseId: Id, granted, limits: limitsOf(org, serviceKinds) };
  },
  focus(org, { caseId, limits }, focus) {
    const { tables } = org;
    const cases = new Set([
      caseId,
      ...idsOf(focus.draw.some(tables.Case, focus.size < 12 ? 0 : Math.floor(focus.size / 6))),
    ]);
    return {
      Knowledge__kav: articlesFor(org, limits, focus),
      Case: rowsWith(tables.Case, 'Id', cases),
      EmailMessage: rowsWith(tables.EmailMessage, 'ParentId', cases),
      LiveChatTranscript: rowsWith(tables.LiveChatTranscript, 'CaseId', cases),
    };
  },
  gold(_, { granted, limits }) {
    if (granted === null) return none;
    const { article, limit } = limits[granted.kind]!;
    return granted.amount > limit ? { answers: [article], isClear: true } : none;
  },
  ask: ({ caseId }, draw) => ({
    question: worded(
      draw,
      [
        'Did the agent break a rule of the company in this case, and if so, of which article?',
        'Which article did the agent act against in this case, if any?',
        'Was everything that the agent granted in this case allowed? If not, which article forbids it?',
      ],
      {},
    ),
    details: [`The case is ${caseId}.`, onlyId('article'), orNone],
  }),
};

interface QuoteParams {
  quote: string;
  limits: Limits;
}

type Check = (lines: readonly Row[], limit: number, about: { quote: Row; edition(line: Row): string }) => boolean;

/** Whether a quote breaks the rule. */
const breaks: Readonly<Record<string, Check>> = {
  line_discount: (lines, limit) => lines.some((line) => Number(line.Discount) > limit),
  validity: (_, limit, { quote }) => daysBetween(String(quote.CreatedDate), String(quote.ExpirationDate)) > limit,
  least_total: (lines, limit) => lines.reduce((sum, line) => sum + Number(line.TotalPrice), 0) < limit,
  most_lines: (lines, limit) => lines.length > limit,
  most_pieces: (lines, limit) => lines.some((line) => Number(line.Quantity) > limit),
  even_pieces: (lines, limit, { edition }) =>
    lines.some((line) => edition(line) === 'Basic' && Number(line.Quantity) % limit !== 0),
  one_edition: (lines, limit, { edition }) => new Set(lines.map(edition)).size > limit,
  least_max: (lines, limit, { edition }) =>
    lines.some((line) => edition(line) === 'Max' && Number(line.Quantity) < limit),
};

function brokenRule(tables: Tables, { quote, limits }: QuoteParams): Gold {
  const row = tables.Quote.find(({ Id }) => Id === quote) as Row;
  const lines = rowsWith(tables.QuoteLineItem, 'QuoteId', new Set([quote]));
  const names = new Map(tables.Product2.map(({ Id, Name }) => [Id, String(Name)]));
  const edition = (line: Row) => (names.get(String(line.Product2Id)) as string).split(' ').at(-1) as string;
  const broken = Object.entries(limits).filter(([kind, { limit }]) =>
    breaks[kind]!(lines, limit, { quote: row, edition }),
  );
  const [first] = broken;
  return first ? { answers: [first[1].article], isClear: broken.length === 1 } : none;
}

const quoteFamily = (kinds: readonly PolicyKind[]) =>
  ({
    persona: 'employee',
    answer: 'id',
    hasNone: true,
    columns: {
      ...{ Knowledge__kav: articleColumns, Quote: ['Id', 'CreatedDate', 'ExpirationDate'], Product2: ['Id', 'Name'] },
      QuoteLineItem: ['QuoteId', 'Product2Id', 'Quantity', 'UnitPrice', 'Discount', 'TotalPrice'],
    },
    sample: (org: Org, draw: Draw): QuoteParams => ({
      quote: draw.pick(org.tables.Quote).Id,
      limits: limitsOf(org, kinds),
    }),
    focus(org: Org, { quote, limits }: QuoteParams, focus: Focus) {
      const { tables } = org;
      const quotes = new Set([
        quote,
        ...idsOf(focus.draw.some(tables.Quote, focus.size < 12 ? 0 : Math.floor(focus.size / 6))),
      ]);
      const QuoteLineItem = rowsWith(tables.QuoteLineItem, 'QuoteId', quotes);
      return {
        Knowledge__kav: articlesFor(org, limits, focus),
        ...{ Quote: rowsWith(tables.Quote, 'Id', quotes), QuoteLineItem },
        Product2: rowsWith(tables.Product2, 'Id', valuesOf(QuoteLineItem, 'Product2Id')),
      };
    },
    gold: brokenRule,
  }) as const;

const quoteDetails = (quote: string) => [`The quote is ${quote}.`, onlyId('article that it breaks'), orNone];

export const quoteApproval: Family<QuoteParams> = {
  ...quoteFamily(quoteKinds),
  name: 'quote_approval',
  rules:
    'Articles of the knowledge base set limits for discounts, for the time until a quote expires, for its total (the sum of TotalPrice over its lines) and for its number of lines. A quote is approved if it keeps all of them.',
  ask: ({ quote }, draw) => ({
    question: worded(
      draw,
      [
        'Can this quote be approved, or is it against an article on discounts, dates, total or length?',
        'Do discounts, dates, total and length of this quote keep the rules? If not, which article do they break?',
        'Which article on discounts, dates, totals or length stands against this quote, if any?',
      ],
      {},
    ),
    details: quoteDetails(quote),
  }),
};

export const invalidConfig: Family<QuoteParams> = {
  ...quoteFamily(configKinds),
  name: 'invalid_config',
  rules:
    'Articles of the knowledge base say which products and quantities a quote may hold. The edition of a product is the last word of its name.',
  ask: ({ quote }, draw) => ({
    question: worded(
      draw,
      [
        'Is the set of products and quantities in this quote allowed? If not, which article does it break?',
        'Does the configuration of this quote break an article on products and quantities?',
        'Which article on editions, packs or quantities does this quote break, if any?',
      ],
      {},
    ),
    details: quoteDetails(quote),
  }),
};
