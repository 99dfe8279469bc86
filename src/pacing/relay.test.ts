import { describe, expect, it, vi } from 'vitest';
import { now, type Part } from '../core/index.ts';
import { relay } from './relay.ts';

const text = (words: string): Part => ({ type: 'text', at: now(), text: words, channel: 'answer' });

async function* parts(...words: string[]): AsyncGenerator<Part, undefined> {
  for (const word of words) yield text(word);
}

async function* broken(): AsyncGenerator<Part, undefined> {
  yield text('a');
  throw new Error('the line went dead');
}

async function read(stream: AsyncIterable<Part>): Promise<string> {
  let words = '';
  for await (const part of stream) if (part.type === 'text') words += part.text;
  return words;
}

describe('relay', () => {
  it.each([
    ['at once', () => parts('a', 'b', 'c')],
    ['later', async () => parts('a', 'b', 'c')],
  ])('hands every part on and settles once, opened %s', async (_, open) => {
    const settle = vi.fn();
    const stream = relay(open, settle)[Symbol.asyncIterator]();
    expect(await read({ [Symbol.asyncIterator]: () => stream })).toBe('abc');
    await stream.return?.();
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    expect(settle.mock.calls).toEqual([[undefined]]);
  });

  it.each([
    ['the stream', () => broken(), 'the line went dead'],
    [
      'opening it at once',
      () => {
        throw new Error('no way in');
      },
      'no way in',
    ],
    ['opening it later', () => Promise.reject(new Error('closed')), 'closed'],
  ])('an error of %s is its own, and it is over', async (_, open, message) => {
    const settle = vi.fn();
    const stream = relay(open, settle)[Symbol.asyncIterator]();
    await expect(read({ [Symbol.asyncIterator]: () => stream })).rejects.toThrow(message);
    expect(settle).toHaveBeenCalledExactlyOnceWith(new Error(message));
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  it('a consumer that leaves returns the source and settles', async () => {
    const settle = vi.fn();
    let returned = false;
    const stream = relay(async function* () {
      try {
        yield* parts('a', 'b');
      } finally {
        returned = true;
      }
    }, settle);
    for await (const _ of stream) break;
    expect(returned).toBe(true);
    expect(settle.mock.calls).toEqual([[undefined]]);
  });

  it('settles after the source has unwound, so that what it counts on its way out is in the account', async () => {
    const order: string[] = [];
    const stream = relay(
      async function* () {
        try {
          yield* parts('a', 'b');
        } finally {
          await Promise.resolve();
          order.push('counted');
        }
      },
      () => order.push('settled'),
    );
    for await (const _ of stream) break;
    expect(order).toEqual(['counted', 'settled']);
  });

  it.each([
    ['at once', () => parts('a', 'b', 'c')],
    ['later', async () => parts('a', 'b', 'c')],
  ])('answers in the order of asking, opened %s', async (_, open) => {
    const stream = relay(open, () => undefined)[Symbol.asyncIterator]();
    const [first, second] = await Promise.all([stream.next(), stream.next()]);
    expect([first.value, second.value]).toMatchObject([{ text: 'a' }, { text: 'b' }]);
  });

  it('a consumer that leaves while it is opened never starts the source', async () => {
    let letIn: (source: AsyncIterable<Part>) => void = () => undefined;
    const opening = new Promise<AsyncIterable<Part>>((resolve) => {
      letIn = resolve;
    });
    const settle = vi.fn();
    const start = vi.fn(() => parts('a'));
    const stream = relay(() => opening, settle)[Symbol.asyncIterator]();
    const first = stream.next();
    await stream.return?.();
    letIn({ [Symbol.asyncIterator]: start });
    expect(await first).toEqual({ value: undefined, done: true });
    expect(start).not.toHaveBeenCalled();
    expect(settle).toHaveBeenCalledOnce();
  });

  it('opens nothing before it is asked for a part', async () => {
    const open = vi.fn(() => parts('a'));
    await relay(open, () => undefined)
      [Symbol.asyncIterator]()
      .return?.();
    expect(open).not.toHaveBeenCalled();
  });
});
