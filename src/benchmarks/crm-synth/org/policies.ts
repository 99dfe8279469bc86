/** Rules of the company as articles of the knowledge base, each with a limit that a case, a quote or its lines may break. */
import type { Draw } from '../draw.ts';

export interface Policy {
  kind: PolicyKind;
  /** Percent, days, dollars or pieces. */
  limit: number;
  title: string;
  answer: string;
}

interface PolicyText {
  title: string;
  answer: string;
  draw(draw: Draw): number;
}

/** What an agent may grant in a case. `{limit}` is the number. */
const serviceRules = {
  refund_days: {
    title: 'Refund period',
    answer: 'Agents refund an order only if it was placed at most {limit} days before the request.',
    draw: (draw) => draw.between(2, 6) * 10,
  },
  refund_amount: {
    title: 'Largest refund without approval',
    answer: 'Agents pay back at most {limit} dollars in one case on their own.',
    draw: (draw) => draw.between(3, 9) * 50,
  },
  goodwill: {
    title: 'Goodwill discount',
    answer: 'As a gesture of goodwill agents give at most {limit} percent off the next order.',
    draw: (draw) => draw.between(2, 5) * 5,
  },
  replacements: {
    title: 'Free replacements',
    answer: 'Agents send at most {limit} free replacement units for one case.',
    draw: (draw) => draw.between(2, 4),
  },
  loan: {
    title: 'Loan units',
    answer: 'A loan unit is lent for at most {limit} days.',
    draw: (draw) => draw.between(2, 5) * 7,
  },
} satisfies Record<string, PolicyText>;

/** What a quote as a whole has to keep. */
const quoteRules = {
  line_discount: {
    title: 'Discount on a quote line',
    answer: 'No line of a quote has a discount above {limit} percent.',
    draw: (draw) => draw.between(3, 5) * 5,
  },
  validity: {
    title: 'Validity of quotes',
    answer: 'A quote expires at most {limit} days after it was created.',
    draw: (draw) => draw.between(5, 8) * 10,
  },
  least_total: {
    title: 'Smallest quote',
    answer: 'The lines of a quote add up to at least {limit} dollars.',
    draw: (draw) => draw.between(4, 8) * 100,
  },
  most_lines: {
    title: 'Length of quotes',
    answer: 'A quote has at most {limit} lines.',
    draw: (draw) => draw.between(4, 5),
  },
} satisfies Record<string, PolicyText>;

/** Which products and quantities a quote may hold. `{limit}` is a number of pieces. */
const configRules = {
  most_pieces: {
    title: 'Quantity of one product',
    answer: 'A quote line holds at most {limit} pieces of a product.',
    draw: (draw) => draw.between(4, 6) * 10,
  },
  even_pieces: {
    title: 'Packs',
    answer:
      'Products of the edition Basic are sold in packs of {limit}: their quantity on a quote line is a multiple of it.',
    draw: (draw) => draw.between(2, 4),
  },
  one_edition: {
    title: 'Editions',
    answer: 'The lines of one quote have products of at most {limit} editions (Basic, Plus, Max).',
    draw: () => 2,
  },
  least_max: {
    title: 'Orders of the edition Max',
    answer: 'A quote line with a product of the edition Max has at least {limit} pieces.',
    draw: (draw) => draw.between(3, 5),
  },
} satisfies Record<string, PolicyText>;

export const policyRules = { ...serviceRules, ...quoteRules, ...configRules } as const;
export type PolicyKind = keyof typeof policyRules;
export const serviceKinds = Object.keys(serviceRules) as (keyof typeof serviceRules)[];
export const quoteKinds = Object.keys(quoteRules) as (keyof typeof quoteRules)[];
export const configKinds = Object.keys(configRules) as (keyof typeof configRules)[];

export function drawPolicy(draw: Draw, kind: PolicyKind): Policy {
  const { title, answer, draw: limitOf }: PolicyText = policyRules[kind];
  const limit = limitOf(draw);
  return { kind, limit, title, answer: answer.replace('{limit}', String(limit)) };
}
