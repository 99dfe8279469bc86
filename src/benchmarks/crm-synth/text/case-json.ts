/**
 * text_case_json: two case notes (three at level 2), one of which is to be written as JSON. Scored by the share of right fields.
 *
 *   prompt     Case 1: customer Rosa Meyer from city Austin, channel e-mail, product Vela headset, …  Write case 2 as JSON …
 *   reference  {"customer": "Rosa Meyer", "city": "Austin", "channel": "e-mail", "product": "Vela headset", …}
 */
import type { Draw } from '../draw.ts';
import { fill } from '../fill.ts';
import { devices, firstNames, lastNames, places, series } from '../words.ts';
import type { TextFamily, TextTask } from './task.ts';

interface Note {
  customer: string;
  city: string;
  channel: string;
  product: string;
  problem: string;
  priority: string;
}

const form =
  'customer {customer} from city {city}, channel {channel}, product {product}, problem {problem}, priority {priority}';

const json = (note: Note) =>
  `{${Object.entries(note)
    .map(([name, value]) => `"${name}": "${value}"`)
    .join(', ')}}`;

function taskOf(notes: readonly Note[], wanted: number): TextTask {
  const texts = notes.map((note, i) => `Case ${i + 1}: ${fill(form, { ...note })}`);
  return {
    prompt: `${texts.join('\n')}\n\nWrite case ${wanted + 1} as JSON with the fields customer, city, channel, product, problem, priority.`,
    reference: json(notes[wanted] as Note),
  };
}

function drawNote(draw: Draw): Note {
  return {
    customer: `${draw.pick(firstNames)} ${draw.pick(lastNames)}`,
    city: draw.pick(places)[0],
    channel: draw.pick(['e-mail', 'phone', 'chat', 'web form']),
    product: `${draw.pick(series)} ${draw.pick(devices)}`,
    problem: draw.pick(['no power', 'a water leak', 'too much heat', 'a broken lid', 'a loud noise']),
    priority: draw.pick(['low', 'medium', 'high']),
  };
}

const shown: readonly Note[] = [
  {
    customer: 'Ana Prado',
    city: 'Tampa',
    channel: 'chat',
    product: 'Aro kettle',
    problem: 'a bad smell',
    priority: 'high',
  },
  {
    customer: 'Kai Marlow',
    city: 'Boise',
    channel: 'phone',
    product: 'Fenn router',
    problem: 'a weak signal',
    priority: 'low',
  },
  {
    customer: 'Lou Becker',
    city: 'Omaha',
    channel: 'letter',
    product: 'Mora scale',
    problem: 'a wrong date',
    priority: 'medium',
  },
];

export const caseJson: TextFamily = {
  name: 'text_case_json',
  score: 'fields',
  maxTokens: 100,
  shots: (level) => [taskOf(shown.slice(0, level + 1), 0)],
  draw(draw, level) {
    const notes = Array.from({ length: level + 1 }, () => drawNote(draw));
    return taskOf(notes, draw.int(notes.length));
  },
};
