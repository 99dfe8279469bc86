/**
 * text_case_json: two case notes (three at level 2), one of which is to be written as JSON. Scored by the share of right fields.
 *
 *   prompt     Case 1: Rosa Meyer from Austin wrote by e-mail. Her Vela headset leaks. Priority high. … Write case 2 as JSON.
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

const forms = [
  '{customer} from {city} wrote by {channel}: the {product} {problem}. The priority is {priority}.',
  'By {channel}, {customer} in {city} says that the {product} {problem}. Priority: {priority}.',
  'The {product} of {customer} in {city} {problem}. It came by {channel} and has {priority} priority.',
] as const;

const json = (note: Note) =>
  `{${Object.entries(note)
    .map(([name, value]) => `"${name}": "${value}"`)
    .join(', ')}}`;

function taskOf(notes: readonly (readonly [form: string, note: Note])[], wanted: number): TextTask {
  const texts = notes.map(([form, note], i) => `Case ${i + 1}: ${fill(form, { ...note })}`);
  return {
    prompt: `${texts.join('\n')}\n\nWrite case ${wanted + 1} as JSON with the fields customer, city, channel, product, problem, priority.`,
    reference: json((notes[wanted] as (typeof notes)[number])[1]),
  };
}

function drawNote(draw: Draw): readonly [string, Note] {
  return [
    draw.pick(forms),
    {
      customer: `${draw.pick(firstNames)} ${draw.pick(lastNames)}`,
      city: draw.pick(places)[0],
      channel: draw.pick(['e-mail', 'phone', 'chat', 'web form']),
      product: `${draw.pick(series)} ${draw.pick(devices)}`,
      problem: draw.pick(['does not start', 'leaks water', 'gets too hot', 'arrived broken', 'makes a loud noise']),
      priority: draw.pick(['low', 'medium', 'high']),
    },
  ];
}

const shown: readonly (readonly [string, Note])[] = [
  [
    forms[0],
    { customer: 'Ana Prado', city: 'Tampa', channel: 'chat', product: 'Aro kettle', problem: 'drips', priority: 'high' },
  ],
  [
    forms[2],
    { customer: 'Kai Marlow', city: 'Boise', channel: 'phone', product: 'Fenn router', problem: 'is slow', priority: 'low' },
  ],
  [
    forms[1],
    { customer: 'Lou Becker', city: 'Omaha', channel: 'letter', product: 'Mora scale', problem: 'lags', priority: 'medium' },
  ],
];

export const caseJson: TextFamily = {
  name: 'text_case_json',
  score: 'fields',
  maxTokens: 100,
  shots: (level) => [taskOf(shown.slice(0, level + 1), 1)],
  draw(draw, level) {
    const notes = Array.from({ length: level + 1 }, () => drawNote(draw));
    return taskOf(notes, draw.int(notes.length));
  },
};
