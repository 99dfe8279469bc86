/** The families of levels 1 and 2. Those named `text_…` are our own skill and no family of CRMArena-Pro. */
import { caseJson } from './case-json.ts';
import { historyDigest } from './history-digest.ts';
import { knowledgeQa, knowledgeQuote } from './knowledge.ts';
import { privacy } from './privacy.ts';
import { recordLookup } from './record-lookup.ts';
import { mailSummary, replyDraft } from './reply-draft.ts';
import { salesInsight } from './sales-insight.ts';
import type { TextFamily } from './task.ts';

export const textFamilies: readonly TextFamily[] = [
  knowledgeQa,
  knowledgeQuote,
  recordLookup,
  salesInsight,
  privacy,
  caseJson,
  replyDraft,
  mailSummary,
  historyDigest,
];
