/**
 * text_history_digest: the events of a case, each to be written as a line. Scored by the F1 of lines.
 *
 *   prompt     2024-03-05 | opened | Rosa Meyer | phone …
 *   reference  - Rosa Meyer opened the case by phone on 2024-03-05. …
 */
import type { Draw } from '../draw.ts';
import { firstNames, lastNames } from '../words.ts';
import type { TextFamily, TextTask } from './task.ts';

const verbs = ['opened', 'assigned', 'answered', 'closed', 'reopened', 'checked', 'paused', 'updated'] as const;
const channels = ['phone', 'e-mail', 'chat', 'letter'] as const;

interface Happening {
  date: string;
  verb: string;
  agent: string;
  channel: string;
}

function taskOf(events: readonly Happening[]): TextTask {
  const rows = events.map(({ date, verb, agent, channel }) => `${date} | ${verb} | ${agent} | ${channel}`);
  const lines = events.map(({ date, verb, agent, channel }) => `- ${date}: ${agent} ${verb} the case by ${channel}`);
  return { prompt: `Events:\n${rows.join('\n')}\n\nWrite each event as a line.`, reference: lines.join('\n') };
}

const two = (value: number) => String(value).padStart(2, '0');

function drawEvents(draw: Draw, count: number): Happening[] {
  let day = draw.between(1, 6);
  const month = two(draw.between(1, 12));
  return Array.from({ length: count }, () => {
    day += draw.between(1, 2);
    return {
      date: `2024-${month}-${two(day)}`,
      verb: draw.pick(verbs),
      agent: `${draw.pick(firstNames)} ${draw.pick(lastNames)}`,
      channel: draw.pick(channels),
    };
  });
}

const event = (text: string): Happening => {
  const [date = '', verb = '', agent = '', channel = ''] = text.split('|');
  return { date, verb, agent, channel };
};
const shown = [
  ['2023-05-02|opened|Ana Prado|chat', '2023-05-04|assigned|Ben Stone|phone', '2023-05-05|checked|Eva Holt|letter', '2023-05-09|closed|Ben Stone|chat'],
  ['2023-10-11|opened|Kai Marlow|letter', '2023-10-12|paused|Sam Reed|e-mail', '2023-10-15|answered|Ida Crane|chat', '2023-10-16|updated|Sam Reed|phone'],
];

export const historyDigest: TextFamily = {
  name: 'text_history_digest',
  score: 'lines',
  maxTokens: 200,
  shots: () => shown.map((events) => taskOf(events.map(event))),
  draw: (draw, level) => taskOf(drawEvents(draw, level === 1 ? 4 : 8)),
};
