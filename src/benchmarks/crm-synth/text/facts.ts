/** Facts that an article about a product holds: a sentence, a question, and the short answer. */
import type { Draw } from '../draw.ts';
import { fill } from '../fill.ts';

export interface Fact {
  sentence: string;
  question: string;
  answer: string;
}

interface FactKind {
  draw(draw: Draw): string;
  sentence: string;
  question: string;
}

const within = (low: number, high: number, unit: string) => (draw: Draw) => `${draw.between(low, high)} ${unit}`;
const oneOf =
  (...items: string[]) =>
  (draw: Draw) =>
    draw.pick(items);

export const factKinds = {
  warranty: {
    draw: within(12, 60, 'months'),
    sentence: 'The {product} comes with a warranty of {value}.',
    question: 'How long is the warranty of the {product}?',
  },
  battery: {
    draw: within(6, 40, 'hours'),
    sentence: 'A full charge of the {product} lasts {value}.',
    question: 'How long does a full charge of the {product} last?',
  },
  colour: {
    draw: oneOf('white', 'black', 'dark green', 'light blue', 'dark red', 'silver'),
    sentence: 'The housing of the {product} is {value}.',
    question: 'What colour is the housing of the {product}?',
  },
  weight: {
    draw: within(2, 90, 'kilograms'),
    sentence: 'The {product} weighs {value} with its packaging.',
    question: 'How much does the {product} weigh?',
  },
  price: {
    draw: (draw) => `${draw.between(12, 98) * 5} dollars`,
    sentence: 'The list price of the {product} is {value}.',
    question: 'What is the list price of the {product}?',
  },
  red_light: {
    draw: oneOf(
      'the filter is dirty',
      'the memory is full',
      'the lid is open',
      'the cable is loose',
      'the fan is blocked',
    ),
    sentence: 'A red light on the {product} means that {value}.',
    question: 'What does a red light on the {product} mean?',
  },
  reset: {
    draw: oneOf(
      'hold the power button for ten seconds',
      'press both side keys together',
      'pull the plug for one minute',
      'turn the dial to zero',
      'push the pin behind the cover',
    ),
    sentence: 'To reset the {product}, {value}.',
    question: 'How do I reset the {product}?',
  },
  return: {
    draw: within(10, 90, 'days'),
    sentence: 'Buyers may send the {product} back within {value}.',
    question: 'Within how many days may buyers send the {product} back?',
  },
  city: {
    draw: oneOf('Lisbon', 'Krakow', 'Turin', 'Osaka', 'Dublin', 'Porto', 'Malmo'),
    sentence: 'The {product} is built in {value}.',
    question: 'Where is the {product} built?',
  },
  team: {
    draw: oneOf('hardware', 'billing', 'installation', 'network', 'spare parts', 'onboarding'),
    sentence: 'Questions about the {product} go to the {value} team.',
    question: 'Which team takes questions about the {product}?',
  },
  box: {
    draw: oneOf('a cable and two filters', 'a bag and a charger', 'four screws and a key', 'a stand and a cover'),
    sentence: 'The box of the {product} holds {value}.',
    question: 'What does the box of the {product} hold?',
  },
  room: {
    draw: within(20, 150, 'square metres'),
    sentence: 'The {product} is made for rooms of up to {value}.',
    question: 'For rooms of what size is the {product} made?',
  },
} satisfies Record<string, FactKind>;

export type FactName = keyof typeof factKinds;
export const factNames = Object.keys(factKinds) as FactName[];

export function factOf(name: FactName, product: string, value: string): Fact {
  const { sentence, question } = factKinds[name];
  const values = { product, value };
  return { sentence: fill(sentence, values), question: fill(question, values), answer: value };
}

export const drawFact = (draw: Draw, name: FactName, product: string): Fact =>
  factOf(name, product, factKinds[name].draw(draw));

/** Sentences that say nothing one could ask for. */
export const fillers: readonly string[] = [
  'Our staff is happy to help with the first steps.',
  'Many customers like how quiet it is.',
  'The manual has pictures for every step.',
  'It was shown at three trade fairs this year.',
  'A short film on our site tells more.',
  'Please read the notes on safety first.',
  'Spare parts can be ordered at any time.',
  'We thank all testers for their ideas.',
];
