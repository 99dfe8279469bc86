export const baselineName = 'baseline';
/** A second, independent baseline: its disagreement with the first is the noise floor. */
export const noiseName = 'baseline_again';
