import type { Message } from '../../core/index.ts';
import { copyTasks } from './copy.ts';
import { editTasks } from './edit.ts';
import { quoteTasks } from './quote.ts';
import type { ExtractSample } from './tasks.ts';

const alone = (content: string): readonly Message[] => [{ role: 'user', content }];
const linesOf = (text: string) => text.split('\n').filter((line) => /\w/.test(line));

/** The tasks of all three kinds as samples: what is sent, what is right, and the parts that have to be in the answer. */
export function extractSamples(): ExtractSample[] {
  return [...copySamples(), ...editSamples(), ...quoteSamples()];
}

function copySamples(): ExtractSample[] {
  return copyTasks.map(({ id, instruction, text }) => {
    const prompt = `${instruction}\n\n${text}`;
    return { id, family: 'copy', prompt, reference: text, messages: alone(prompt), points: linesOf(text) };
  });
}

function editSamples(): ExtractSample[] {
  return editTasks.map(({ id, instruction, record, from, to }) => {
    const prompt = `${instruction} Print the whole record.\n\n${record}`;
    const reference = record.replace(from, to);
    return { id, family: 'edit', prompt, reference, messages: alone(prompt), points: linesOf(reference) };
  });
}

function quoteSamples(): ExtractSample[] {
  return quoteTasks.map(({ id, source, question, answer }) => {
    const prompt = `${source}\n\nQuestion: ${question}\nQuote the sentence that answers it.`;
    return { id, family: 'quote', prompt, reference: answer, messages: alone(prompt), points: [answer] };
  });
}
