import type { Message, Sample } from '../../core/index.ts';
import type { TextScore } from './text/task.ts';

/** `exact` and `fuzzy` are CRMArena's scorers with our offline extractor. */
export type ScoreKind = TextScore | 'exact' | 'fuzzy';

export interface CrmSample extends Sample {
  family: string;
  messages: readonly Message[];
  score: ScoreKind;
  /** Texts that a right answer holds. */
  points: readonly string[];
  maxTokens: number;
}
