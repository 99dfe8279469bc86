/**
 * text_history_digest: the events of a case, each to be written as a line. Scored by the F1 of lines.
 *
 *   prompt     Monday | Rosa | opened the case …
 *   reference  Monday: Rosa opened the case …
 */
import type { Draw } from '../draw.ts';
import { firstNames } from '../words.ts';
import type { TextFamily, TextTask } from './task.ts';

const verbs = [
  'opened the case',
  'called the customer',
  'ordered a part',
  'sent a mail',
  'closed the case',
  'checked the bill',
  'tested the device',
  'wrote a note',
] as const;
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

interface Happening {
  day: string;
  agent: string;
  verb: string;
}

function taskOf(events: readonly Happening[]): TextTask {
  const rows = events.map(({ day, agent, verb }) => `${day} | ${agent} | ${verb}`);
  const lines = events.map(({ day, agent, verb }) => `${day}: ${agent} ${verb}`);
  return { prompt: `Events:\n${rows.join('\n')}\n\nWrite each event as a line.`, reference: lines.join('\n') };
}

function drawEvents(draw: Draw, count: number): Happening[] {
  const [first, agents, kinds] = [draw.int(days.length), draw.some(firstNames, count), draw.some(verbs, count)];
  return agents.map((agent, i) => ({
    day: days[(first + i) % days.length] as string,
    agent,
    verb: kinds[i] as string,
  }));
}

const event = (text: string): Happening => {
  const [day = '', agent = '', verb = ''] = text.split('|');
  return { day, agent, verb };
};
const shown = [
  [
    'Tuesday|Ana|opened the case',
    'Wednesday|Ben|asked a colleague',
    'Thursday|Eva|sent a mail',
    'Friday|Noa|closed the case',
  ],
  ['Saturday|Kai|took a call', 'Sunday|Sam|changed the owner', 'Monday|Ida|ordered a part', 'Tuesday|Lou|wrote a note'],
];

export const historyDigest: TextFamily = {
  name: 'text_history_digest',
  score: 'lines',
  maxTokens: 200,
  shots: () => shown.map((events) => taskOf(events.map(event))),
  draw: (draw, level) => taskOf(drawEvents(draw, level === 1 ? 4 : 8)),
};
