import { describe, expect, it } from 'vitest';
import { type AnyPolicy, type Call, type ClientRealisation, createMeter, fork, type Generate } from '../core/index.ts';
import { baseline } from './baseline/baseline.ts';
import { openClient } from './open-client.ts';

const call: Call = { messages: [{ role: 'user', content: 'x' }], maxTokens: 8, temperature: 0, seed: 1 };
const bill = { attempt: 1, sent: 0, end: 1, outcome: 'ok' } as const;

/** A server that bills each call, also one that is left early. */
const server: Generate = async function* (_, { meter }) {
  try {
    for (const text of ['a', 'b']) yield { type: 'text', at: process.hrtime.bigint(), text, channel: 'answer' };
    yield { type: 'end', at: process.hrtime.bigint(), reason: 'stop' };
  } finally {
    meter.call({ ...bill });
  }
};

async function outcome(open: ClientRealisation<unknown>['open'], alters: readonly (keyof Call)[] = []) {
  const client = { ...baseline.client!, alters, open };
  const policy = { ...(baseline as AnyPolicy), name: 'mine', client } as AnyPolicy;
  const opened = await openClient(policy, server, {}, { count: () => 1, fast: server });
  const meter = createMeter();
  try {
    for await (const _ of opened(call, { signal: new AbortController().signal, meter }));
    return meter.counters.calls.length;
  } catch (error) {
    return error;
  }
}

describe('a client realisation that keeps its word', () => {
  it('costs nothing where it hands calls on as they are', async () => {
    expect(await openClient(baseline as AnyPolicy, server, {}, { count: () => 1 })).toBe(server);
  });

  it('calls as often as it likes, with its caller’s context or a fork of it', async () => {
    expect(await outcome((generate) => generate)).toBe(1);
    const twice = await outcome(
      (generate, _, { fast }) =>
        async function* (given, context) {
          for await (const _ of fast!({ ...given }, fork(context))) break;
          yield* generate({ ...given, sampling: undefined }, context);
        },
    );
    expect(twice).toBe(2);
  });

  it('may watch the bill on its way', async () => {
    const seen: unknown[] = [];
    const watching: ClientRealisation<unknown>['open'] = (generate) => (given, context) => {
      const meter = { ...context.meter, call: (record: never) => seen.push(record) && context.meter.call(record) };
      return generate(given, { ...context, meter: meter as unknown as typeof context.meter });
    };
    expect(await outcome(watching)).toBe(1);
    expect(seen).toHaveLength(1);
  });

  it('changes what it lists', async () => {
    const shorter: ClientRealisation<unknown>['open'] = (generate) => (given, context) =>
      generate({ ...given, maxTokens: 2, stop: ['x'] }, context);
    expect(await outcome(shorter, ['maxTokens', 'stop'])).toBe(1);
    expect(await outcome(shorter, ['stop'])).toMatchObject({
      code: 'E_POLICY',
      message: 'mine changed maxTokens of a call without declaring it',
    });
  });
});

describe('what a client realisation must not do ends its call', () => {
  const hidden: ClientRealisation<unknown>['open'] = (generate) => (given, context) =>
    generate(given, { ...context, meter: createMeter() });
  const hiddenAndLeft: ClientRealisation<unknown>['open'] = (generate, _, { fast }) =>
    async function* (given, context) {
      for await (const _ of fast!(given, { ...context, meter: createMeter() })) break;
      yield* generate(given, context);
    };
  const forged: ClientRealisation<unknown>['open'] = (generate) => (given, context) => {
    const meter = { ...context.meter, call: () => context.meter.call({ ...bill, sent: 0 }) };
    return generate(given, { ...context, meter });
  };
  const added: ClientRealisation<unknown>['open'] = (generate) =>
    async function* (given, context) {
      yield* generate(given, context);
      context.meter.call({ ...bill, usage: { prompt: -500, completion: 0, origin: 'server' } });
    };
  it.each([
    ['a call on a bill of its own', hidden],
    ['a call of another model that it leaves early', hiddenAndLeft],
    ['a record of its own making in a call’s place', forged],
    ['a record beside those of its calls', added],
  ])('%s', async (_, open) => {
    expect(await outcome(open)).toMatchObject({
      code: 'E_POLICY',
      message: expect.stringMatching(/not on the bill|on the bill that no call gave/),
    });
  });
});

it('is refused where there is none', async () => {
  const { client: _, ...policy } = baseline as AnyPolicy;
  await expect(openClient(policy as AnyPolicy, server, {}, { count: () => 1 })).rejects.toMatchObject({
    code: 'E_NO_REALISATION',
  });
});
