import type { Message } from '../../core/index.ts';
import { copyTasks } from './copy.ts';
import { editTasks } from './edit.ts';
import { quoteTasks } from './quote.ts';
import type { CopyTask, Edit, EditTask, ExtractSample, Fields, Quote, QuoteTask } from './tasks.ts';

/** The tasks of all three kinds as samples: what is sent, what is right, and what has to be in the answer. */
export function extractSamples(): ExtractSample[] {
  return [...copyTasks.map(copySample), ...editTasks.map(editSample), ...quoteTasks.map(quoteSample)];
}

/** Worked examples as earlier turns: in the prompt itself they make the default model answer in their words. */
function messagesOf(shown: readonly (readonly [prompt: string, answer: string])[], prompt: string): Message[] {
  const turns = shown.flatMap(([asked, answered]): Message[] => [
    { role: 'user', content: asked },
    { role: 'assistant', content: answered },
  ]);
  return [...turns, { role: 'user', content: prompt }];
}

/** Lines, and the sentences within them; the full stop of Mr. and Mrs. ends none. */
const partsOf = (text: string) => text.split(/\n|(?<=[.?!])(?<!Mrs?\.) (?=[A-Z])/);

function copySample({ id, instruction, shown, asked }: CopyTask): ExtractSample {
  const [example, prompt] = [shown, asked].map((text) => `${instruction}\n\n${text}`) as [string, string];
  return {
    ...{ id, family: 'copy', prompt, reference: asked },
    messages: messagesOf([[example, shown]], prompt),
    points: [partsOf(asked)],
  };
}

const formats: Readonly<Record<EditTask['format'], (record: Fields) => string>> = {
  json: (record) => JSON.stringify(record, null, 2),
  xml: (record) =>
    ['<record>', ...Object.entries(record).map(([name, value]) => `  <${name}>${value}</${name}>`), '</record>'].join(
      '\n',
    ),
};

/** The lines of a record that hold a field, without the commas between them: the last field of JSON has none. */
const fieldLines = (text: string) =>
  text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.trim().replace(/,$/, ''));

function editSample({ id, format, shown, asked }: EditTask): ExtractSample {
  const write = formats[format];
  const promptOf = ({ record, field, value }: Edit) =>
    `${write(record)}\n\nPlease set the ${field.replaceAll('_', ' ')} to ${value} and print the whole record.`;
  const answerOf = ({ record, field, value }: Edit) => write({ ...record, [field]: value });
  const [prompt, reference] = [promptOf(asked), answerOf(asked)];
  const before = fieldLines(write(asked.record));
  const after = fieldLines(reference);
  return {
    ...{ id, family: 'edit', prompt, reference },
    messages: messagesOf([[promptOf(shown), answerOf(shown)]], prompt),
    points: [after.filter((line) => !before.includes(line)), after.filter((line) => before.includes(line))],
  };
}

function quoteSample({ id, shown, asked }: QuoteTask): ExtractSample {
  const promptOf = ({ sentences, question }: Quote) =>
    `Read the text and answer with the sentence that holds the answer.\n\n${sentences.join(' ')}\n\n${question}`;
  const prompt = promptOf(asked);
  return {
    ...{ id, family: 'quote', prompt, reference: asked.answer },
    messages: messagesOf(
      shown.map((quote) => [promptOf(quote), quote.answer]),
      prompt,
    ),
    points: [[asked.answer]],
  };
}
