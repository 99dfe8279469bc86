/**
 * text_reply_draft: an e-mail and a decision, to which the reply is to be written. Scored by the share of points that the
 * reply has to hold: name, order, product with its problem, decision, date.
 */
import type { Draw } from '../draw.ts';
import { fill } from '../fill.ts';
import { devices, firstNames, lastNames, months, series } from '../words.ts';
import type { TextFamily, TextLevel, TextTask } from './task.ts';

interface Mail {
  customer: string;
  order: string;
  product: string;
  problem: string;
  decision: string;
  date: string;
  filler: string;
}

const fillers = [
  'I bought it for our new office.',
  'My colleagues were looking forward to it.',
  'I have been a customer for years.',
  'It was a present for my brother.',
  'I tried everything in the manual.',
  'The parcel itself looked fine.',
  'I called twice last week.',
  'The weather was bad that day.',
  'My neighbour has the same one.',
  'The driver was very friendly.',
] as const;

function taskOf(mail: Mail): TextTask {
  const { customer, order, product, problem, decision, date } = mail;
  return {
    prompt: fill(
      'E-mail:\nHello, my name is {customer}. The {product} of my order {order} {problem}. {filler} What can you do?\n\nDecision: {decision}, by {date}\n\nWrite the reply.',
      { ...mail },
    ),
    reference: fill(
      'Dear {customer},\nthank you for your message about order {order}. We are sorry that the {product} {problem}. We will {decision} by {date}.\nKind regards, the service team',
      { ...mail },
    ),
    points: [customer, order, `${product} ${problem}`, decision, date],
  };
}

function drawMail(draw: Draw, level: TextLevel): Mail {
  return {
    customer: `${draw.pick(firstNames)} ${draw.pick(lastNames)}`,
    order: String(draw.between(1000, 9999)),
    product: `${draw.pick(series)} ${draw.pick(devices)}`,
    problem: draw.pick(['does not start', 'leaks water', 'arrived broken', 'makes a loud noise', 'has a scratch']),
    decision: draw.pick([
      'send a new one',
      'refund the full price',
      'repair it for free',
      'refund half of the price',
      'send a technician',
      'send the missing part',
    ]),
    date: `${draw.between(1, 28)} ${draw.pick(months)}`,
    filler: draw.some(fillers, level === 1 ? 1 : 5).join(' '),
  };
}

const shown: readonly Mail[] = [
  {
    ...{
      customer: 'Ana Prado',
      order: '5521',
      product: 'Aro kettle',
      problem: 'drips',
      decision: 'pay for the repair',
    },
    ...{ date: '12 June', filler: 'I use it every day.' },
  },
  {
    ...{
      customer: 'Kai Marlow',
      order: '9034',
      product: 'Fenn router',
      problem: 'is slow',
      decision: 'send a stronger model',
    },
    ...{ date: '3 April', filler: 'We work from home.' },
  },
];

export const replyDraft: TextFamily = {
  name: 'text_reply_draft',
  score: 'points',
  maxTokens: 120,
  shots: () => shown.map(taskOf),
  draw: (draw, level) => taskOf(drawMail(draw, level)),
};

/**
 * text_mail_summary: an e-mail with sentences that do not matter, to be summed up in one sentence. Scored by the share of
 * its facts: name, product, order, wish.
 */
export const mailSummary: TextFamily = {
  name: 'text_mail_summary',
  score: 'points',
  maxTokens: 80,
  shots: () =>
    shown.map((mail, i) => summaryOf(mail, fillers.slice(3 * i, 3 * i + 3), i === 0 ? 'a new lid' : 'a refund')),
  draw: (draw, level) =>
    summaryOf(
      drawMail(draw, 1),
      draw.some(fillers, level === 1 ? 3 : 10),
      draw.pick(['a refund', 'a new one', 'a repair', 'a call back', 'a discount', 'the manual']),
    ),
};

function summaryOf(mail: Mail, idle: readonly string[], wish: string): TextTask {
  const values = { ...mail, wish };
  const { customer, order, product } = mail;
  const sentences = [
    fill('Hello, my name is {customer}.', values),
    ...idle.slice(0, Math.floor(idle.length / 2)),
    fill('The {product} of my order {order} {problem}.', values),
    ...idle.slice(Math.floor(idle.length / 2)),
    fill('I would like {wish}.', values),
  ];
  return {
    prompt: `E-mail:\n${sentences.join(' ')}\n\nSum up the e-mail in one sentence.`,
    reference: fill('{customer} says that the {product} of order {order} {problem} and would like {wish}.', values),
    points: [customer, order, product, wish],
  };
}
