/**
 * sales_insight_mining: a sales call with one concern of the customer (two at level 2). Scored by token F1.
 *
 *   prompt     Call: Agent: Good morning … Customer: I worry about the cost of training. … What is the concern?
 *   reference  the cost of training
 */
import type { Draw } from '../draw.ts';
import { fill } from '../fill.ts';
import { devices, firmNames, series } from '../words.ts';
import type { TextFamily, TextTask } from './task.ts';

const concerns = [
  'the cost of training',
  'the long delivery time',
  'the price per seat',
  'the safety of our data',
  'the size of the battery',
  'the missing test period',
  'the noise in the office',
  'the move from our old system',
  'the fees for support',
  'the length of the contract',
  'the number of updates',
  'the cost of spare parts',
] as const;

const openings = [
  'Agent: Good morning, this is about the {product}. Customer: Yes, our team in {firm} looked at it.',
  'Agent: Hello, how did {firm} like the {product}? Customer: It works well in our rooms.',
  'Agent: Thank you for the time. Shall we talk about the {product}? Customer: Please do, {firm} needs one soon.',
] as const;
const marks = [
  'Customer: My concern is {concern}.',
  'Customer: What worries us is {concern}.',
  'Customer: I am worried about {concern}.',
] as const;
const replies = [
  'Agent: I understand, I will send you a note on that.',
  'Agent: Let me ask a colleague about it.',
  'Agent: We can look at that together.',
] as const;
const closings = [
  'Customer: Good. Everything else is fine. Agent: Then we talk next week.',
  'Customer: The colour and the shape are nice, by the way. Agent: Glad to hear it.',
  'Customer: We will decide in May. Agent: Thank you for the call.',
] as const;

interface Call {
  opening: string;
  marked: readonly { mark: string; reply: string; concern: string }[];
  closing: string;
}

function taskOf({ opening, marked, closing }: Call): TextTask {
  const lines = marked.map(({ mark, reply, concern }) => `${fill(mark, { concern })} ${reply}`);
  const question =
    marked.length > 1 ? 'What are the concerns of the customer?' : 'What is the concern of the customer?';
  return {
    prompt: `Call: ${[opening, ...lines, closing].join(' ')}\n\n${question}`,
    reference: marked.map(({ concern }) => concern).join(', '),
  };
}

function callOf(draw: Draw, count: number): Call {
  const product = `${draw.pick(series)} ${draw.pick(devices)}`;
  return {
    opening: fill(draw.pick(openings), { product, firm: draw.pick(firmNames) }),
    marked: draw
      .some(concerns, count)
      .map((concern) => ({ concern, mark: draw.pick(marks), reply: draw.pick(replies) })),
    closing: draw.pick(closings),
  };
}

const shownCalls: readonly Call[] = [
  {
    opening: 'Agent: Good afternoon, did you try the Aro kettle? Customer: We did, at Tallmark.',
    marked: [
      {
        mark: 'Customer: My concern is {concern}.',
        reply: 'Agent: I see, I will find out more.',
        concern: 'the weight of the base',
      },
      {
        mark: 'Customer: What worries us is {concern}.',
        reply: 'Agent: That can be solved.',
        concern: 'the late invoices',
      },
    ],
    closing: 'Customer: The rest looks good. Agent: I will call again on Monday.',
  },
  {
    opening: 'Agent: Hello, this is about the Fenn router. Customer: Right, Orland wants three of them.',
    marked: [
      {
        mark: 'Customer: I am worried about {concern}.',
        reply: 'Agent: Many ask that, we have a plan for it.',
        concern: 'the time for the setup',
      },
      {
        mark: 'Customer: My concern is {concern}.',
        reply: 'Agent: I will check that.',
        concern: 'the price of the cables',
      },
    ],
    closing: 'Customer: Our engineers like it. Agent: That is good news.',
  },
];

export const salesInsight: TextFamily = {
  name: 'sales_insight_mining',
  score: 'token_f1',
  maxTokens: 40,
  shots: (level) => shownCalls.map((call) => taskOf({ ...call, marked: call.marked.slice(0, level) })),
  draw: (draw, level) => taskOf(callOf(draw, level)),
};
