/**
 * A small agent for tests: it is asked how much of something is in stock, looks that up with a tool and answers.
 *
 *   user       How many lamps and chairs are there?
 *   assistant  stock({"item":"lamps"}) stock({"item":"chairs"})
 *   tool       12 · 7
 *   assistant  There are 12 lamps and 7 chairs.
 *
 * Where the backend takes no tools it asks in plain text, and does what the sample's script says: a model of random
 * weights asks for nothing.
 */
import { elapsed, type Message, now, type OpenBenchmark, type Sample, type Tool } from '../../src/core/index.ts';
import type { ToolLine } from '../../src/gateway/index.ts';
import type { PlayedBenchmark } from '../../src/runner/play.ts';

export const stock: Readonly<Record<string, number>> = { lamps: 12, chairs: 7, desks: 0 };

interface Task extends Sample {
  items: readonly string[];
}

const task = (id: string, ...items: string[]): Task => ({
  id,
  prompt: `How many ${items.join(' and ')} are there?`,
  reference: items.map((item) => `${stock[item]} ${item}`).join(' and '),
  items,
});
export const tasks = [task('two', 'lamps', 'chairs'), task('one', 'desks')];

/** What the simulated model does with these tasks. */
export const script: ToolLine[] = tasks.flatMap(({ prompt, items, reference }) => [
  { turn: 0, when: prompt, calls: items.map((item) => ({ name: 'stock', arguments: { item } })) },
  { turn: 1, when: prompt, say: `There are ${reference}.` },
]);

const tools: Tool[] = [
  {
    name: 'stock',
    description: 'How many of an item are in stock.',
    parameters: { type: 'object', properties: { item: { type: 'string' } }, required: ['item'] },
  },
];

/** What the agent's own clock says, for each sample: an action lasted at least this long, and the whole at most that. */
export interface OwnTimes {
  actions: number[];
  /** From after the first call was sent to before the answer was given. */
  inner: number;
  /** From before the first call. */
  began: bigint;
}

const turnOfLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

export function toyAgent(): { played: PlayedBenchmark; times: Map<string, OwnTimes> } {
  const times = new Map<string, OwnTimes>();
  const open: OpenBenchmark<Task> = {
    async *samples() {
      yield* tasks;
    },
    async play(sample, session) {
      const hasTools = session.capabilities.has('tools');
      const options = hasTools ? { tools } : { maxTokens: 8 };
      const messages: Message[] = [{ role: 'user', content: sample.prompt }];
      const actions: number[] = [];
      const began = now();
      let asking = session.ask(messages, options);
      const sent = now();
      for (let turn = 0; ; turn++) {
        const { text, toolCalls } = await asking;
        const wanted = hasTools ? toolCalls : inText(sample, turn);
        if (wanted.length === 0) {
          times.set(sample.id, { actions, inner: elapsed(sent, now()), began });
          return { text };
        }
        messages.push({ role: 'assistant', content: text, ...(hasTools && { toolCalls }) });
        for (const { id, arguments: input } of wanted) {
          const given = await session.act('stock', input, () => lookUp(input, actions));
          messages.push(hasTools ? { role: 'tool', id, content: given } : { role: 'user', content: `stock: ${given}` });
        }
        asking = session.ask(messages, options);
      }
    },
    score: (sample, { text }) => ({ exact: text.includes(sample.reference) ? 1 : 0 }),
    async [Symbol.asyncDispose]() {},
  };
  const samples = new Map(tasks.map((row) => [row.id, row]));
  return { played: { open: open as OpenBenchmark, samples, maxTokens: 64, timeout: 60 }, times };
}

const inText = ({ items }: Task, turn: number) =>
  turn > 0 ? [] : items.map((item, i) => ({ id: String(i), arguments: JSON.stringify({ item }) }));

async function lookUp(input: string, times: number[]): Promise<string> {
  const from = now();
  for (let i = 0; i < 50; i++) await turnOfLoop();
  const { item } = JSON.parse(input) as { item: string };
  times.push(elapsed(from, now()));
  return String(stock[item]);
}
