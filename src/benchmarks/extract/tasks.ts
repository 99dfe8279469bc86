import type { Message, Sample } from '../../core/index.ts';

/** `shown` and `asked` are both texts to be repeated exactly; the first comes with its answer. */
export interface CopyTask {
  id: string;
  instruction: string;
  shown: string;
  asked: string;
}

export type Fields = Readonly<Record<string, string | number>>;

/** A record in which one field gets another value. */
export interface Edit {
  record: Fields;
  field: string;
  value: string | number;
}

export interface EditTask {
  id: string;
  format: 'json' | 'xml';
  shown: Edit;
  asked: Edit;
}

/** `answer` is one of the sentences. */
export interface Quote {
  sentences: readonly string[];
  question: string;
  answer: string;
}

export interface QuoteTask {
  id: string;
  shown: readonly Quote[];
  asked: Quote;
}

export interface ExtractSample extends Sample {
  family: 'copy' | 'edit' | 'quote';
  messages: readonly Message[];
  /** Texts that a right answer holds, in groups of equal weight. */
  points: readonly (readonly string[])[];
}
