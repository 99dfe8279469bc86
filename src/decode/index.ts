/** Mechanics of decoding that policies share. */
export * from './accept-draft.ts';
export * from './confidence.ts';
export * from './detokenise.ts';
export * from './distribution.ts';
export * from './emit.ts';
export * from './largest-mass.ts';
export * from './ngram-draft.ts';
export * from './peekable-random.ts';
export * from './prefill.ts';
export * from './prompt.ts';
export * from './sampling.ts';
export * from './start.ts';
export * from './stops.ts';
