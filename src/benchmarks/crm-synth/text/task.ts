/** Levels 1 and 2: drafts and extractions from one or two records. What such a family says about itself. */
import type { Draw } from '../draw.ts';

export type TextLevel = 1 | 2;

/** How an answer is scored: see `score-answer.ts`. */
export type TextScore = 'token_f1' | 'rouge_l' | 'fields' | 'points' | 'lines' | 'refusal' | 'contained';

export interface TextTask {
  prompt: string;
  reference: string;
  /** Texts that a right answer holds. */
  points?: readonly string[];
  /** Where tasks of one family are scored in two ways. @default the family's */
  score?: TextScore;
}

export interface TextFamily {
  name: string;
  score: TextScore;
  /** Tokens an answer may take. */
  maxTokens: number;
  /** Where an answer ends. */
  stop?: readonly string[];
  /** Worked examples before the task. They are fixed for each level: other ones move a small model's score a lot. */
  shots(level: TextLevel): readonly TextTask[];
  draw(draw: Draw, level: TextLevel): TextTask;
}
