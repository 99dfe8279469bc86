/**
 * knowledge_qa and knowledge_quote: a short article about a product, and one question on it.
 *
 *   prompt     Article: The Vela headset weighs 3 kilograms with its packaging. … Question: How much does … weigh?
 *   reference  3 kilograms                                            (knowledge_qa: token F1)
 *              The Vela headset weighs 3 kilograms with its packaging. (knowledge_quote: ROUGE-L)
 */
import type { Draw } from '../draw.ts';
import { devices, series } from '../words.ts';
import { drawFact, type Fact, factNames, factOf, fillers } from './facts.ts';
import type { TextFamily, TextLevel, TextTask } from './task.ts';

type Answering = 'short' | 'sentence';

const asks: Record<Answering, string> = {
  short: 'Answer the question from the article in a few words.',
  sentence: 'Copy the sentence of the article that answers the question.',
};

function taskOf(answering: Answering, sentences: readonly string[], asked: Fact): TextTask {
  return {
    prompt: `${asks[answering]}\n\nArticle: ${sentences.join(' ')}\n\nQuestion: ${asked.question}`,
    reference: answering === 'short' ? asked.answer : asked.sentence,
  };
}

/**
 * What is asked of each: a figure and a word where the answer is to be short. An answer that is a clause made a small
 * model write whole sentences, even for a city.
 */
const shown: readonly (readonly [facts: readonly Fact[], asked: Record<Answering, number>])[] = [
  [
    [
      factOf('city', 'Aro kettle', 'Ghent'),
      factOf('warranty', 'Aro kettle', '36 months'),
      factOf('reset', 'Aro kettle', 'turn it upside down'),
      factOf('price', 'Aro kettle', '85 dollars'),
    ],
    { short: 1, sentence: 1 },
  ],
  [
    [
      factOf('weight', 'Fenn router', '4 kilograms'),
      factOf('colour', 'Fenn router', 'orange'),
      factOf('team', 'Fenn router', 'wireless'),
      factOf('red_light', 'Fenn router', 'the line is busy'),
    ],
    { short: 1, sentence: 3 },
  ],
];

const shotsOf = (answering: Answering): TextTask[] =>
  shown.map(([facts, asked]) =>
    taskOf(
      answering,
      facts.map(({ sentence }) => sentence),
      facts[asked[answering]] as Fact,
    ),
  );

/** Level 1: four facts. Level 2: all twelve, with sentences between them that say nothing. */
function drawTask(answering: Answering, draw: Draw, level: TextLevel): TextTask {
  const product = `${draw.pick(series)} ${draw.pick(devices)}`;
  const facts = draw.some(factNames, level === 1 ? 4 : 12).map((name) => drawFact(draw, name, product));
  const sentences = facts.map(({ sentence }) => sentence);
  const article = level === 1 ? sentences : draw.shuffled([...sentences, ...draw.some(fillers, 4)]);
  return taskOf(answering, article, draw.pick(facts));
}

const family = (answering: Answering): Pick<TextFamily, 'shots' | 'draw'> => ({
  shots: () => shotsOf(answering),
  draw: (draw, level) => drawTask(answering, draw, level),
});

export const knowledgeQa: TextFamily = {
  name: 'knowledge_qa',
  score: 'token_f1',
  maxTokens: 40,
  stop: ['.', '\n'],
  ...family('short'),
};
export const knowledgeQuote: TextFamily = {
  ...{ name: 'knowledge_quote', score: 'rouge_l', maxTokens: 60 },
  ...family('sentence'),
};
