import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createToolReader } from './read-tool-calls.ts';

/** Reads a text in these pieces. */
function read(pieces: readonly string[], begun = '') {
  const reader = createToolReader(['a', 'b'], begun);
  const found = [...pieces.map(reader.push), reader.flush()];
  return {
    text: found.map(({ text }) => text).join(''),
    calls: found.flatMap(({ calls }) => calls.map(({ name, arguments: given }) => [name, given])),
    ids: found.flatMap(({ calls }) => calls.map(({ id }) => id)),
  };
}

const call = (name: string, given: unknown) =>
  `<tool_call>\n${JSON.stringify({ name, arguments: given })}\n</tool_call>`;

describe('calls in a text', () => {
  it('are taken out with the blanks around them', () => {
    const { text, calls, ids } = read([`Let me look.\n${call('a', { x: 1 })}\n${call('b', {})}\n`]);
    expect({ text, calls }).toEqual({
      text: 'Let me look.',
      calls: [
        ['a', '{"x":1}'],
        ['b', '{}'],
      ],
    });
    expect(new Set(ids).size).toBe(2);
  });

  it('that are broken, or of a tool that was not offered, stay as they were written', () => {
    for (const text of [
      call('c', {}),
      '<tool_call>{"name": "a", </tool_call>',
      '<tool_call>7</tool_call> x',
      'a < b',
      '<tool_cal',
    ])
      expect(read([text])).toMatchObject({ text, calls: [] });
  });

  it('count without a closing tag where the answer ended with whole JSON', () => {
    expect(read(['<tool_call>{"name": "a", "arguments": {}}'])).toMatchObject({ text: '', calls: [['a', '{}']] });
    expect(read(['<tool_call>{"name": "a", "argu'])).toMatchObject({ calls: [] });
  });

  it('may have been begun for the model', () => {
    expect(read(['a", "arguments": {"k": 2}}\n</tool_call>'], '<tool_call>\n{"name": "')).toMatchObject({
      text: '',
      calls: [['a', '{"k":2}']],
    });
  });

  it('are the same however the text is cut', () => {
    const piece = fc.constantFrom(
      'x',
      ' ',
      '\n',
      '<',
      '<tool_call>',
      '</tool_call>',
      call('a', { n: '<tool_call>' }),
      call('c', 1),
      '{"name": "a"}',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(200), { maxLength: 12 }), (pieces, cuts) => {
        const text = pieces.join('');
        const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
        const cut = places.slice(1).map((end, at) => text.slice(places[at], end));
        const { text: shown, calls } = read(cut);
        const whole = read([text]);
        expect({ shown, calls }).toEqual({ shown: whole.text, calls: whole.calls });
      }),
    );
  });
});
