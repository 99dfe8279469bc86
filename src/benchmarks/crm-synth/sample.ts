import type { Message, Sample } from '../../core/index.ts';
import type { TextScore } from './text/task.ts';

/** `exact` and `fuzzy` are CRMArena's scorers, with rules of ours in place of the model that extracts answers. */
export type ScoreKind = TextScore | 'exact' | 'fuzzy';

export interface CrmSample extends Sample {
  family: string;
  messages: readonly Message[];
  score: ScoreKind;
  /** Texts that a right answer holds. */
  points: readonly string[];
  /** The answers that are compared in the score `exact`; elsewhere the reference. */
  gold: readonly string[];
  maxTokens: number;
  stop?: readonly string[];
  /** For an agent: what the system message holds, and what the user tells only later. */
  agent?: { system: string; details: readonly string[] };
}
