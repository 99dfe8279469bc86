/** Statistics of paired measurements. Pure functions that know nothing of the project; randomness is passed in. */
export * from './calibration.ts';
export * from './compare.ts';
export * from './correct-table.ts';
export * from './distributions.ts';
export * from './holm.ts';
export * from './mean-product.ts';
export * from './moments.ts';
export * from './paired-interval.ts';
export * from './pairs.ts';
export * from './percentile.ts';
export * from './power.ts';
export * from './quantile.ts';
export * from './sign-flip.ts';
export * from './unpaired-interval.ts';
export * from './verdict.ts';
