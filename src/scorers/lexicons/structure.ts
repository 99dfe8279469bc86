import type { Lexicon } from '../coverage.ts';
import { ownList } from './source.ts';

export const structure: Lexicon = {
  name: 'structure_coverage',
  about: 'Marks of order in a text: lists, headings, paragraphs and the words that join its parts.',
  source: ownList,
  concepts: {
    list: ['ITEM'],
    heading: ['HEADING'],
    paragraph: ['PARAGRAPH'],
    opening: ['first', 'firstly', 'to begin', 'to start', 'initially', 'in the beginning'],
    sequence: ['then', 'next', 'second', 'secondly', 'after that', 'afterwards', 'subsequently', 'following'],
    ending: ['finally', 'lastly', 'last', 'in the end', 'eventually'],
    addition: ['also', 'moreover', 'furthermore', 'in addition', 'additionally', 'besides', 'as well'],
    contrast: ['however', 'although', 'though', 'yet', 'on the other hand', 'nevertheless', 'instead', 'while'],
    reason: ['because', 'therefore', 'so that', 'thus', 'hence', 'as a result', 'since', 'consequently'],
    example: ['for example', 'for instance', 'such as', 'namely', 'in particular', 'specifically'],
    summary: ['in summary', 'to summarize', 'to summarise', 'in short', 'overall', 'in conclusion', 'to conclude'],
  },
};
