/**
 * text_history_digest: the events of a case, each to be written as a line. Scored by the F1 of lines.
 *
 *   prompt     Monday | opened | Rosa …
 *   reference  Monday: opened by Rosa …
 */
import type { Draw } from '../draw.ts';
import { firstNames } from '../words.ts';
import type { TextFamily, TextTask } from './task.ts';

const verbs = ['opened', 'assigned', 'answered', 'closed', 'reopened', 'checked', 'paused', 'updated'] as const;
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

interface Happening {
  day: string;
  agent: string;
  verb: string;
}

function taskOf(events: readonly Happening[]): TextTask {
  const rows = events.map(({ day, agent, verb }) => `${day} | ${verb} | ${agent}`);
  const lines = events.map(({ day, agent, verb }) => `${day}: ${verb} by ${agent}`);
  return { prompt: `Events:\n${rows.join('\n')}\n\nWrite each event as a line.`, reference: lines.join('\n') };
}

function drawEvents(draw: Draw, count: number): Happening[] {
  let day = draw.int(days.length);
  return Array.from({ length: count }, () => {
    day += draw.between(0, 2);
    return { day: days[day % days.length] as string, agent: draw.pick(firstNames), verb: draw.pick(verbs) };
  });
}

const event = (text: string): Happening => {
  const [day = '', agent = '', verb = ''] = text.split(' ');
  return { day, agent, verb };
};
const shown = [
  ['Tuesday Ana opened', 'Wednesday Ben assigned', 'Thursday Eva checked', 'Saturday Ben closed'],
  ['Friday Kai opened', 'Saturday Sam paused', 'Monday Ida answered', 'Tuesday Sam updated'],
];

export const historyDigest: TextFamily = {
  name: 'text_history_digest',
  score: 'lines',
  maxTokens: 200,
  shots: () => shown.map((events) => taskOf(events.map(event))),
  draw: (draw, level) => taskOf(drawEvents(draw, level === 1 ? 4 : 8)),
};
