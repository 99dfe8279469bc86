/** Interfaces and the few mechanisms every part shares. Imports nothing else of the project. */
export * from './backend.ts';
export * from './benchmark.ts';
export * from './call.ts';
export * from './clock.ts';
export * from './engine.ts';
export * from './error.ts';
export * from './fork.ts';
export * from './hash.ts';
export * from './meter.ts';
export * from './metric.ts';
export * from './model-weights.ts';
export * from './policy.ts';
export * from './random.ts';
export * from './run.ts';
export * from './trial.ts';
export * from './validate.ts';
