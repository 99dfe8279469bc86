/**
 * record_lookup: one case card of nine fields, one field is asked for. Scored by token F1.
 *
 *   prompt     Case 48213 / customer: Tom Berg / product: Vela headset / … Question: What is the status?
 *   reference  waiting for parts
 */
import type { Draw } from '../draw.ts';
import { devices, firstNames, lastNames, months, places, series } from '../words.ts';
import type { TextFamily, TextTask } from './task.ts';

const fields = ['customer', 'product', 'problem', 'status', 'priority', 'channel', 'agent', 'date', 'city'] as const;
type Field = (typeof fields)[number];
type Card = Readonly<Record<Field, string>> & { number: string };

const values: Partial<Record<Field, readonly string[]>> = {
  problem: [
    'does not start',
    'makes a loud noise',
    'arrived broken',
    'loses the signal',
    'gets too hot',
    'leaks water',
  ],
  status: ['waiting for parts', 'in repair', 'new', 'closed', 'on hold', 'sent back'],
  priority: ['low', 'medium', 'high', 'urgent'],
  channel: ['phone', 'e-mail', 'chat', 'web form'],
};

function drawCard(draw: Draw): Card {
  const person = () => `${draw.pick(firstNames)} ${draw.pick(lastNames)}`;
  const value = (field: Field) => draw.pick(values[field] as readonly string[]);
  return {
    number: String(draw.between(10_000, 99_999)),
    customer: person(),
    product: `${draw.pick(series)} ${draw.pick(devices)}`,
    problem: value('problem'),
    status: value('status'),
    priority: value('priority'),
    channel: value('channel'),
    agent: person(),
    date: `${draw.between(1, 28)} ${draw.pick(months)}`,
    city: draw.pick(places)[0],
  };
}

const cardText = (card: Card) =>
  [`Case ${card.number}`, ...fields.map((field) => `${field}: ${card[field]}`)].join('\n');

function taskOf(cards: readonly Card[], card: Card, field: Field): TextTask {
  const of = cards.length > 1 ? `What is the ${field} of case ${card.number}?` : `What is the ${field}?`;
  return { prompt: `${cards.map(cardText).join('\n\n')}\n\nQuestion: ${of}`, reference: card[field] };
}

const card = (text: string): Card => {
  const [number = '', ...rest] = text.split('|');
  return { number, ...(Object.fromEntries(fields.map((field, i) => [field, rest[i] ?? ''])) as Record<Field, string>) };
};
const shownCards = [
  card('31870|Ana Prado|Aro kettle|drips|in repair|high|chat|Ben Stone|4 June|Tampa'),
  card('55214|Kai Marlow|Fenn router|is too slow|new|low|phone|Eva Holt|19 March|Boise'),
  card('70936|Lou Becker|Mora scale|shows zero|on hold|medium|web form|Sam Reed|27 May|Omaha'),
  card('26481|Noa Fields|Pell heater|smells burnt|closed|urgent|e-mail|Ida Crane|8 October|Fresno'),
] as const;
/** Four different fields: examples that ask for one and the same cut a small model's score to a third. */
const shownFields: readonly Field[] = ['problem', 'agent', 'priority', 'date'];

export const recordLookup: TextFamily = {
  name: 'record_lookup',
  score: 'token_f1',
  maxTokens: 24,
  shots: (level) =>
    shownFields.map((field, i) => {
      const one = shownCards[i] as Card;
      return taskOf(level === 1 ? [one] : [one, shownCards[(i + 1) % 4] as Card], one, field);
    }),
  draw(draw, level) {
    const cards = Array.from({ length: level }, () => drawCard(draw));
    return taskOf(cards, draw.pick(cards), draw.pick(fields));
  },
};
