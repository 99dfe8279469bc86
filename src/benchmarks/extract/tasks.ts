import type { Message, Sample } from '../../core/index.ts';

export interface CopyTask {
  id: string;
  instruction: string;
  text: string;
}

/** `from` occurs exactly once in `record`; the answer is the record with `to` in its place. */
export interface EditTask {
  id: string;
  instruction: string;
  record: string;
  from: string;
  to: string;
}

/** `answer` is a part of `source`, character by character. */
export interface QuoteTask {
  id: string;
  source: string;
  question: string;
  answer: string;
}

export interface ExtractSample extends Sample {
  family: 'copy' | 'edit' | 'quote';
  messages: readonly Message[];
  /** Texts that a right answer holds. */
  points: readonly string[];
}
