/** A policy of a user's own that answers with what its process has seen of it; misbehaves where it is told to. */
const seen = { opened: 0, closed: 0, calls: 0, first: null };
const isWarmUp = (call) => call.messages.some(({ content }) => content.startsWith('Good morning'));
const forever = () => new Promise(() => undefined);

export default {
  name: 'witness',
  version: 1,
  about: 'says what it saw',
  params: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  variants: {},
  neutral: {},
  counters: {},
  engine: {
    fidelity: () => 'lossy',
    standsFor: 'nothing',
    async open(_, { hangs, deadly, broken }) {
      seen.opened++;
      if (hangs === 'open') await forever();
      let ownCalls = 0;
      async function* generate(call) {
        seen.calls++;
        ownCalls++;
        seen.first ??= call.messages[0].content;
        if (isWarmUp(call) && deadly) process.kill(process.pid, 'SIGKILL');
        if (isWarmUp(call) && broken) throw new Error('no such prompt');
        if (isWarmUp(call) && hangs === 'warmUp') await forever();
        const at = process.hrtime.bigint();
        yield { type: 'text', at, text: JSON.stringify({ ...seen, ownCalls }), channel: 'answer', ids: [1] };
        yield { type: 'end', at, reason: 'stop' };
      }
      return Object.assign(generate, {
        async [Symbol.asyncDispose]() {
          seen.closed++;
        },
      });
    },
  },
};
