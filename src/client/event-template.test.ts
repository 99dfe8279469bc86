import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readChunk } from './chunk.ts';
import { createEventTemplate } from './event-template.ts';

/** What a reader makes of the events: the template where it fits, else a parse. */
function facts(events: readonly string[]) {
  const template = createEventTemplate();
  let parses = 0;
  const all = events.map((data) => {
    const known = template.match(data);
    if (known) return known;
    parses++;
    const read = readChunk(JSON.parse(data));
    template.learn(data, read);
    return read;
  });
  return { all, parses };
}

const parsed = (events: readonly string[]) => events.map((data) => readChunk(JSON.parse(data)));

const event = (delta: object, more: object = {}, before: object = {}) =>
  JSON.stringify({
    ...before,
    id: 'chatcmpl-1',
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: null }],
    ...more,
  });

/** Texts that look like pieces of the JSON around them, escapes, marks of other fields, whole texts of any script. */
const text = fc.oneof(
  fc.constantFrom(',', ':', '","', '":"', '\\', '\n', '', ' ', '.', 'content', '"content":"', 'm', 'chatcmpl-1', '}]}'),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
/** What the events of a stretch have in common, with places for their texts. */
type Shape = (text: string, other: string) => { delta: object; more?: object; before?: object };
const shapes: Shape[] = [
  (text) => ({ delta: { content: text } }),
  (text, other) => ({ delta: { content: text }, more: { padding: other } }),
  (text, other) => ({ delta: { content: text }, before: { '"content': other } }),
  (text, other) => ({ delta: { content: other }, before: { content: text } }),
  (text) => ({ delta: { role: 'assistant', content: text } }),
  (text, other) => ({ delta: { reasoning: other, content: text } }),
  (text) => ({ delta: { reasoning: text } }),
  (text) => ({ delta: { content: text, tool_calls: [{}] } }),
  (text, other) => ({
    delta: {
      content: [
        { type: 'text', text },
        { type: 'text', text: other },
      ],
    },
  }),
  (text) => ({ delta: { content: text }, more: { usage: { completion_tokens: text.length, prompt_tokens: 3 } } }),
  (text, other) => ({ delta: { content: text }, more: { id: other } }),
  (text) => ({ delta: { content: text }, more: { tokens: [text.length] } }),
  (text, other) => ({ delta: { content: text }, more: { error: { message: other } } }),
];
const stretch = fc.record({
  shape: fc.constantFrom(...shapes),
  isSpaced: fc.boolean(),
  texts: fc.array(fc.tuple(text, fc.oneof(text, fc.constant('same')), fc.boolean()), { maxLength: 6 }),
});

describe('a template of events', () => {
  it('gives what parsing gives, whatever the events hold', () => {
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 3 }), (stretches) => {
        const events = stretches.flatMap(({ shape, isSpaced, texts }) =>
          texts.map(([words, other, isTwice]) => {
            const { delta, more, before } = shape(words, isTwice ? words : other);
            const data = event(delta, more, before);
            return isSpaced ? JSON.stringify(JSON.parse(data), null, 1).replaceAll('\n', ' ') : data;
          }),
        );
        expect(facts(events).all).toEqual(parsed(events));
      }),
      { numRuns: 3000 },
    );
  });

  it('parses one event and one probe of an answer whose events differ in their text alone', () => {
    const events = Array.from({ length: 100 }, (_, i) => event({ content: ` word ${i} of “many”` }));
    const { all, parses } = facts(events);
    expect(all).toEqual(parsed(events));
    expect(parses).toBe(1);
  });

  it('gives up where every event has something else of its own', () => {
    const events = Array.from({ length: 50 }, (_, i) => event({ content: `${i}` }, { obfuscation: 'x'.repeat(i) }));
    const read = parsed(events);
    const template = createEventTemplate();
    const probes = vi.spyOn(JSON, 'parse');
    for (const [i, data] of events.entries()) {
      expect(template.match(data)).toBeUndefined();
      template.learn(data, read[i]!);
    }
    expect(probes).toHaveBeenCalledTimes(2);
    probes.mockRestore();
  });
});
