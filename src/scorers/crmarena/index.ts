/** The scorers of CRMArena and CRMArena-Pro. */
export * from './action.ts';
export * from './exact-reward.ts';
export { type ReplyAnswers, type ReplyParser, readExtractorReply } from './extractor-reply.ts';
export * from './fuzzy-reward.ts';
export * from './privacy-reward.ts';
export * from './prompts.ts';
export { extractByRules, noAnswer } from './rules-extractor.ts';
export * from './task.ts';
