import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EndReason, type Mark, now } from '../core/index.ts';
import { createDetokeniser } from './detokenise.ts';
import { createEmitter, type Emitter } from './emit.ts';

const END = 256;
const SPECIAL = 257;
/** Id = byte; and an end token and a special token without text. */
const tokenizer = {
  bytes: (id: number) => (id < 256 ? Uint8Array.of(id) : new Uint8Array()),
  endIds: new Set([END]),
};
const idsOf = (text: string) => [...Buffer.from(text)];
const decode = (ids: readonly number[]) =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(ids.filter((id) => id < 256)));

function run(emitter: Emitter, steps: readonly (readonly number[])[], marks?: readonly (readonly Mark[])[]) {
  const all = {
    text: '',
    ids: [] as number[],
    marks: [] as Mark[],
    parts: 0,
    ended: undefined as EndReason | undefined,
  };
  for (const [index, ids] of steps.entries()) {
    const { part, ended } = emitter.step(ids, marks?.[index]);
    if (all.ended) expect({ part, ended }).toEqual({ part: undefined, ended: all.ended });
    all.text += part?.text ?? '';
    all.ids.push(...(part?.ids ?? []));
    all.marks.push(...(part?.marks ?? []));
    all.parts += part ? 1 : 0;
    all.ended = ended;
  }
  return all;
}

const token = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...idsOf('ab')) },
  { weight: 3, arbitrary: fc.constantFrom(...idsOf('😀é\ufeff')) },
  { weight: 1, arbitrary: fc.constantFrom(END, SPECIAL, 0xff) },
);
const call = fc.record({
  maxTokens: fc.nat(25),
  stop: fc.array(fc.constantFrom('ab', 'b', 'ba😀', 'é', 'aab', '\ufffd'), { maxLength: 2 }),
});

describe('createEmitter', () => {
  it('gives the same text, ids, marks and end for every cut into steps', () => {
    fc.assert(
      fc.property(fc.array(fc.array(token, { maxLength: 5 }), { maxLength: 10 }), call, (steps, settings) => {
        const numbered = steps.map((ids, step) => ids.map((_, index) => ({ layer: step * 10 + index })));
        const cut = run(createEmitter(tokenizer, settings), [...steps, [END]], [...numbered, [{ layer: -1 }]]);
        const whole = run(
          createEmitter(tokenizer, settings),
          [[...steps.flat(), END]],
          [[...numbered.flat(), { layer: -1 }]],
        );
        expect({ ...cut, parts: 0 }).toEqual({ ...whole, parts: 0 });
        expect(cut.ids).toEqual(steps.flat().slice(0, cut.ids.length));
        expect(cut.ids.length).toBeLessThanOrEqual(settings.maxTokens);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives all text and ids where nothing ends the answer early', () => {
    fc.assert(
      fc.property(fc.array(token.filter((id) => id !== END)), (ids) => {
        const result = run(createEmitter(tokenizer, { maxTokens: 1000 }), [...ids.map((id) => [id]), [END]]);
        expect(result).toMatchObject({ ids, text: decode(ids), ended: 'stop' });
      }),
    );
  });

  it('neither shows nor counts the end token, and drops what follows it', () => {
    const emitter = createEmitter(tokenizer, { maxTokens: 9 });
    expect(run(emitter, [[97, END, 98]])).toMatchObject({ text: 'a', ids: [97], ended: 'stop' });
    expect(emitter.count).toBe(1);
    expect(emitter.remaining).toBe(0);
  });

  it('ends by length at the last allowed token, even where an end token would follow', () => {
    const emitter = createEmitter(tokenizer, { maxTokens: 2 });
    expect(emitter.remaining).toBe(2);
    expect(run(emitter, [[97, 98, END]])).toMatchObject({ text: 'ab', ids: [97, 98], ended: 'length' });
    expect(run(createEmitter(tokenizer, { maxTokens: 0 }), [[97]])).toMatchObject({
      text: '',
      ids: [],
      ended: 'length',
    });
  });

  it('counts the tokens of a stop string, shows none of it', () => {
    const emitter = createEmitter(tokenizer, { maxTokens: 9, stop: ['bb'] });
    expect(
      run(emitter, [
        [97, 98],
        [98, 97],
      ]),
    ).toMatchObject({ text: 'a', ids: [97, 98, 98], ended: 'stop' });
  });

  it('lets a stop string at the last allowed token win over the length', () => {
    const emitter = createEmitter(tokenizer, { maxTokens: 2, stop: ['b'] });
    expect(run(emitter, [[97, 98]])).toMatchObject({ text: 'a', ended: 'stop' });
  });

  it('holds half a character back, ids with it, and stamps the part when it leaves', () => {
    const emitter = createEmitter(tokenizer, { maxTokens: 9 });
    const [first, ...rest] = idsOf('é') as [number, number];
    expect(emitter.step([first])).toEqual({});
    const released = now();
    const { part } = emitter.step(rest);
    expect(part).toMatchObject({ type: 'text', text: 'é', ids: [first, ...rest], channel: 'answer' });
    expect(part?.at).toBeGreaterThanOrEqual(released);
    expect(part).not.toHaveProperty('marks');
  });

  it('releases an open character as U+FFFD and held text at the end', () => {
    expect(run(createEmitter(tokenizer, { maxTokens: 2, stop: ['ax'] }), [[97], [0xf0]]).text).toBe('a\ufffd');
    expect(run(createEmitter(tokenizer, { maxTokens: 9, stop: ['ax'] }), [[97], [END]]).text).toBe('a');
  });

  it('refuses a token limit that is no count', () => {
    for (const maxTokens of [-1, 1.5, Number.NaN])
      expect(() => createEmitter(tokenizer, { maxTokens })).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  });
});

describe('createDetokeniser', () => {
  it('keeps U+FEFF, wherever it stands', () => {
    const detokeniser = createDetokeniser(tokenizer);
    expect(
      idsOf('\ufeffa\ufeff')
        .map((id) => detokeniser.push(id))
        .join(''),
    ).toBe('\ufeffa\ufeff');
  });

  it('never shows half a character, and all texts together are the text of all bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(255)),
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\ufffd')),
        (noise, text) => {
          const ids = [...idsOf(text), ...noise];
          const detokeniser = createDetokeniser(tokenizer);
          const pieces = ids.map((id) => detokeniser.push(id));
          for (const piece of pieces.slice(0, idsOf(text).length)) expect(piece).not.toContain('\ufffd');
          expect(pieces.join('') + detokeniser.flush()).toBe(decode(ids));
        },
      ),
    );
  });
});
