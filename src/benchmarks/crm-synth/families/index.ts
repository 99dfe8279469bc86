/** The 22 families of CRMArena-Pro (arXiv 2505.18878), with tasks, texts and data of our own. */
import { bestRegion, handleTime, transferCount } from './case-statistics.ts';
import { confidentialKnowledge, internalData, privateInformation } from './confidentiality.ts';
import type { AnyFamily } from './family.ts';
import { activityPriority, leadQualification, wrongStage } from './leads-and-stages.ts';
import { monthlyTrend, topIssue } from './product-issues.ts';
import { caseRouting, leadRouting } from './routing.ts';
import { invalidConfig, policyViolation, quoteApproval } from './rules-of-the-firm.ts';
import { conversionRate, salesAmount, salesCycle } from './sales-statistics.ts';
import { knowledgeQa, namedEntity, salesInsight } from './texts.ts';

export const families: readonly AnyFamily[] = [
  ...[handleTime, transferCount, topIssue, monthlyTrend, bestRegion, salesAmount, salesCycle, conversionRate],
  ...[caseRouting, leadRouting, policyViolation, leadQualification, quoteApproval, invalidConfig],
  ...[namedEntity, wrongStage, activityPriority, knowledgeQa, salesInsight],
  ...[privateInformation, internalData, confidentialKnowledge],
];
