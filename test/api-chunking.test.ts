/**
 * However a server's bytes fall into reads of the socket, client policies see the same tokens: where an event ends is
 * known within a read too. The answers are recorded bytes behind the real client; only their cuts are drawn.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChatGenerate, providerOf } from '../src/client/index.ts';
import type { Transport } from '../src/client/transport.ts';
import { type Call, createMeter, type Generate, now, type Part } from '../src/core/index.ts';
import { eventsOf } from '../src/policies/branch.ts';
import { type StabilityOptions, stableAnswer } from '../src/policies/early-exit/answer-stability.ts';
import { gated } from '../src/policies/speculation/score-gate.ts';
import { lookAhead } from '../src/policies/speculation/step-lookahead.ts';
import { knows, tokensOf } from './support/virtual-time.ts';

interface Asked {
  model: string;
  messages: { role: string; content: string }[];
  max_completion_tokens: number;
}

type Model = (call: Call) => readonly string[];

const isEmoji = (token: string) => /\p{Emoji_Presentation}/u.test(token);

/** An answer as vLLM writes it. Ids are told for every token; an emoji is two, the first of which has no text. */
function bytesOf(tokens: readonly string[], limit: number): Buffer {
  const said: string[] = [];
  let left = limit;
  for (const token of tokens) {
    left -= isEmoji(token) ? 2 : 1;
    if (left < 0) break;
    said.push(token);
  }
  const line = (choice: object) => `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, ...choice }] })}\n\n`;
  const events = said.flatMap((token, at) => {
    const whole = line({ delta: { content: token }, finish_reason: null, token_ids: [at] });
    return isEmoji(token)
      ? [line({ delta: { content: '' }, finish_reason: null, token_ids: [1000 + at] }), whole]
      : [whole];
  });
  if (left === -1 && isEmoji(tokens[said.length] as string))
    events.push(line({ delta: { content: '' }, finish_reason: null, token_ids: [2000] }));
  const finish = line({ delta: {}, finish_reason: left < 0 ? 'length' : 'stop' });
  return Buffer.from(`${events.join('')}${finish}data: [DONE]\n\n`);
}

/** @param cuts sizes of the reads in turn, over and over; empty: all in one */
function recorded(models: Readonly<Record<string, Model>>, cuts: readonly number[]): Transport {
  return {
    send(request, receiver) {
      const { model, messages, max_completion_tokens: limit } = JSON.parse(request.body as string) as Asked;
      const last = messages.at(-1)!;
      const start = last.role === 'assistant' ? { continue: last.content } : {};
      const call = { messages: [], maxTokens: limit, temperature: 0, seed: 0, ...start } as Call;
      let rest = bytesOf((models[model] as Model)(call), limit);
      let left = false;
      let read = 0;
      const step = () => {
        if (left) return;
        const size = cuts.length === 0 ? rest.length : (cuts[read++ % cuts.length] as number);
        if (rest.length === 0) return receiver.end(now());
        receiver.data(rest.subarray(0, size), now());
        rest = rest.subarray(size);
        setImmediate(step);
      };
      setImmediate(() => {
        if (left) return;
        receiver.sent(now());
        receiver.head(200, { 'content-type': 'text/event-stream' }, now());
        step();
      });
      return {
        abort() {
          left = true;
        },
      };
    },
    stats: () => ({ requests: 0, connections: 0 }),
    close: async () => undefined,
  };
}

const source = (model: string, transport: Transport): Generate =>
  createChatGenerate({ baseUrls: ['http://test/v1'], model, quirks: providerOf('', ['vllm']), transport });

async function heard(parts: AsyncIterable<Part>) {
  const [texts, ids]: [string[], number[]] = [[], []];
  let reason: string | undefined;
  let tokens = 0;
  for await (const part of parts) {
    if (part.type === 'end') reason = part.reason;
    if (part.type !== 'text') continue;
    texts.push(...eventsOf(part).map((piece) => (piece.type === 'text' ? piece.text : '')));
    ids.push(...(part.ids ?? []));
    tokens += part.ids?.length ?? part.events ?? 1;
  }
  return { text: texts.join(''), texts, ids, reason, tokens };
}

const word = fc.constantFrom('a', 'bee', 'sea.', 'dee', 'east?', 'line\nbreak', '😀', '9', 'Answer:');
const text = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(' '));
const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
const context = () => ({ signal: new AbortController().signal, meter: createMeter() });
const base: Call = { messages: [{ role: 'user', content: 'x' }], maxTokens: 40, temperature: 0, seed: 1 };
const rule = { unit: 'sentence', unit_tokens: 4 } as const;
const ask = ({ continue: begun = '' }: Call) => begun.endsWith('9 (right):');
/** Grades by what it is asked about, so that some steps fall. */
const grading =
  (own: string): Model =>
  (call) => {
    if (!ask(call)) return knows(own, ' Or so.')(call);
    const step = (call.continue as string).split('\n\nScore')[0] as string;
    return tokensOf(step.length % 3 === 0 ? ' 2' : ' 8');
  };

describe('however the bytes fall into reads', () => {
  it('the baseline’s events and ids are the same', async () => {
    await fc.assert(
      fc.asyncProperty(text, cuts, async (said, sizes) => {
        const play = (reads: readonly number[]) =>
          heard(source('m', recorded({ m: knows(said) }, reads))({ ...base, maxTokens: 80 }, context()));
        const [whole, cut] = [await play([]), await play(sizes)];
        expect(cut).toEqual(whole);
        expect(whole.texts).toEqual(tokensOf(said));
        // Half characters count.
        expect(whole.tokens).toBe(whole.ids.length);
        expect(whole.tokens).toBe(whole.texts.length + whole.texts.filter(isEmoji).length);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it('the score gate gives the same answer, to the token', async () => {
    const drafted = (said: string, places: readonly number[]) =>
      said
        .split(' ')
        .map((one, at) => (places.includes(at) ? 'zed.' : one))
        .join(' ');
    const shape = fc.record({ maxTokens: fc.integer({ min: 1, max: 40 }), lookahead: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.nat(29), { maxLength: 3 }),
        cuts,
        shape,
        async (own, places, sizes, shapes) => {
          const { maxTokens, lookahead } = shapes;
          const play = async (reads: readonly number[]) => {
            const models = { target: grading(own), fast: knows(drafted(own, places), ' So be it.') };
            const [target, fast] = ['target', 'fast'].map((name) => source(name, recorded(models, reads))) as [
              Generate,
              Generate,
            ];
            const options = { ...rule, lookahead, acceptScore: 7 };
            const call = { ...base, maxTokens };
            const { text: gate, reason, tokens } = await heard(gated(target, fast, options, call, context()));
            return { gate, reason, tokens };
          };
          const [whole, cut] = [await play([]), await play(sizes)];
          expect(cut).toEqual(whole);
          expect(whole.tokens).toBeLessThanOrEqual(maxTokens);
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });

  it('step look-ahead gives the baseline’s bytes and tokens', async () => {
    const shape = fc.record({ maxTokens: fc.integer({ min: 1, max: 40 }), lookahead: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(text, cuts, shape, async (said, sizes, { maxTokens, lookahead }) => {
        const call = { ...base, maxTokens };
        const models = { target: knows(said), fast: knows(said) };
        const [target, fast] = ['target', 'fast'].map((name) => source(name, recorded(models, sizes))) as [
          Generate,
          Generate,
        ];
        const plain = await heard(target(call, context()));
        const ahead = await heard(lookAhead(target, fast, { ...rule, lookahead }, call, context()));
        expect([ahead.text, ahead.tokens, ahead.reason]).toEqual([plain.text, plain.tokens, plain.reason]);
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});

it('probes are sent after the same token, however many share a read', async () => {
  const said = 'one two three four five six seven eight nine ten. And so it goes on for a while, and more.';
  const options: StabilityOptions = {
    mode: 'parallel',
    ...{ threshold: 0.8, probes: 3, probeTokens: 4, probeTemperature: 0, probeEvery: 4 },
    ...{ inducer: '\nFinal:', inducerTokens: 2, first: 8, parts: 32 },
  };
  const play = async (reads: readonly number[]) => {
    const asked: string[] = [];
    const model: Model = (call) => {
      if (!call.continue?.endsWith('Final:')) return knows(said)(call);
      asked.push(call.continue);
      return tokensOf(' 42');
    };
    const { text: answer } = await heard(
      stableAnswer(source('m', recorded({ m: model }, reads)), options, base, context()),
    );
    return { answer, asked };
  };
  const slow = await play([90]);
  expect(slow.asked).toEqual(
    Array.from({ length: 3 }, () => 'one two three four five six seven eight nine ten.\nFinal:'),
  );
  for (const reads of [[50], [200], [333, 10], [600]]) expect((await play(reads)).asked).toEqual(slow.asked);
});
