/**
 * A metric of your own: 1 for an answer as short as its reference, less for a longer one.
 *
 *   npx ttcbench report runs/FOLDER --metrics ./examples/brevity.mjs
 */
export default {
  brevity: (prediction, reference) => Math.min(1, reference.length / Math.max(1, prediction.length)),
};
