import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, TokenScore } from '../../core/index.ts';
import { prunePrompt } from './prune-prompt.ts';

const count = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;
/** A token a word; long words are a surprise. */
const score = async (text: string): Promise<TokenScore[]> =>
  (text.match(/\s*\S+|\s+$/g) ?? []).map((word, at) => {
    const nats = at === 0 ? Number.POSITIVE_INFINITY : word.trim().length / 2;
    return { text: word, surprisal: nats, entropy: nats };
  });
const rule = { top_p: 0.6, min_tokens: 3, least_prompt: 0 };
const body =
  'a report was written by the committee on it and to be on an extraordinary harbour at sea by day. ' +
  'It cost 42 USD, and Anna did not sign it. Use `x = y` or {"id": 7}. a b c of to in on at by the and or.\n' +
  '| a | b |\nand more of it to be on an at by.';
const question = '\n\nWhat did it cost to do it?';

const callOf = (content: string, more: Call['messages'] = []): Call => ({
  messages: [{ role: 'system', content: 'be of use to us and to it' }, ...more, { role: 'user', content }],
  maxTokens: 9,
  temperature: 0,
  seed: 1,
});
const contentOf = ({ messages }: { messages: Call['messages'] }) => messages.at(-1)!.content;

describe('pruning a prompt', () => {
  it('leaves out what is least surprising and keeps what carries the task', async () => {
    const pruned = await prunePrompt(callOf(body + question), rule, score, count);
    const text = contentOf(pruned);
    for (const kept of ['extraordinary', '42', 'USD', 'Anna', 'not', '`x = y`', '{"id": 7}', '| a | b |', question])
      expect(text).toContain(kept);
    expect(text).not.toContain(' a b c of to in');
    expect(pruned.kept).toBeLessThan(pruned.offered);
    expect(pruned.messages[0]).toEqual(callOf('').messages[0]);
    expect(count(text)).toBe(pruned.kept);
  });

  it('keeps the smallest set with that share of the surprisal, and at least min_tokens', async () => {
    const words = 'x aa aaaaaaaaaa bb bbbbbbbb cc cccccc dd dddd ee';
    const plain = callOf(`${words}\n\nwhy`);
    const kept = async (top_p: number, min_tokens: number) =>
      contentOf(await prunePrompt(plain, { top_p, min_tokens, least_prompt: 0 }, score, count)).split('\n')[0];
    // 10 + 8 + 6 + 4 and five times 2 make 38, of which 24 are 63 %.
    expect(await kept(0.63, 1)).toBe('x aaaaaaaaaa bbbbbbbb cccccc');
    expect(await kept(0.64, 1)).toBe('x aaaaaaaaaa bbbbbbbb cccccc dddd');
    expect(await kept(0.01, 2)).toBe('x aaaaaaaaaa bbbbbbbb');
  });

  it('by entropy lets go what was expected where only that could be expected', async () => {
    const p = { top_p: 0.9, min_tokens: 1, entropy_threshold: 2, least_prompt: 0 };
    const unsure = async (text: string) =>
      (await score(text)).map((token) => (token.text.trim() === 'bb' ? { ...token, entropy: 3 } : token));
    const text = contentOf(await prunePrompt(callOf('x aa bb cccc\n\nwhy'), p, unsure, count));
    expect(text).toBe('x bb cccc\n\nwhy');
  });

  it('leaves short prompts, the model’s own words and tools’ results as they are', async () => {
    const call = callOf(body + question, [{ role: 'assistant', content: body }]);
    expect((await prunePrompt(call, { ...rule, least_prompt: 500 }, score, count)).messages).toBe(call.messages);
    expect((await prunePrompt(call, rule, score, count)).messages[1]).toBe(call.messages[1]);
  });

  it('gives words of the prompt in their order, the same each time, and all of them at a share of 1', async () => {
    const words = fc.array(fc.constantFrom('a', 'of', 'harbour', '12', 'not', 'Anna', '\nline', '`c d`', 'it.'), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(words, fc.double({ min: 0.05, max: 0.99 }), async (list, top_p) => {
        const call = callOf(`${list.join(' ')}${question}`);
        const all = contentOf(call).split(/\s+/);
        const once = contentOf(await prunePrompt(call, { ...rule, top_p }, score, count));
        let at = 0;
        for (const word of once.split(/\s+/)) {
          at = all.indexOf(word, at) + 1;
          expect(at).toBeGreaterThan(0);
        }
        expect(contentOf(await prunePrompt(call, { ...rule, top_p }, score, count))).toBe(once);
        expect(once.endsWith(question)).toBe(true);
        expect((await prunePrompt(call, { ...rule, top_p: 1 }, score, count)).messages).toBe(call.messages);
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
