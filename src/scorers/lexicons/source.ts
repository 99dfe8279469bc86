/** The honest source note of a lexicon that nobody but us wrote. */
export const ownList =
  'Our own list, written for ttcbench from general knowledge of the field; it follows no published lexicon and was not validated against human ratings.';
