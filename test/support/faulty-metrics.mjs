/** One metric that throws, one that is no number, one in code: none of them may cost a trial. */
import { evaluator } from 'ttcbench';

evaluator.addMetric('in_code', async (prediction) => prediction.length);

export default {
  throws() {
    throw new Error('a metric of the user’s own failed');
  },
  not_a_number: () => Number.NaN,
};
