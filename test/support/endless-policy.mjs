/** A policy of a user's own that computes for ever and never gives the event loop a turn. */
export default {
  name: 'endless',
  version: 1,
  about: 'never ends',
  params: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  variants: {},
  neutral: {},
  counters: {},
  engine: {
    fidelity: () => 'lossy',
    standsFor: 'nothing',
    open: () =>
      async function* (call) {
        for (let count = 1; count !== 0; count++) if (count === call.maxTokens + 0.5) yield;
      },
  },
};
