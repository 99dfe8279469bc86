import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, TokenScore } from '../../core/index.ts';
import { type PromptPruning, prunePrompt, rememberScores } from './prune-prompt.ts';

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
const prune = (call: Call, p: PromptPruning, scoreOf = score) => prunePrompt(call, p, rememberScores(scoreOf), count);
const contentOf = ({ messages }: { messages: Call['messages'] }) => messages.at(-1)!.content;

describe('pruning a prompt', () => {
  it('leaves out what is least surprising and keeps what carries the task', async () => {
    const pruned = await prune(callOf(body + question), rule);
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
      contentOf(await prune(plain, { top_p, min_tokens, least_prompt: 0 })).split('\n')[0];
    // 10 + 8 + 6 + 4 and five times 2 make 38, of which 24 are 63 %.
    expect(await kept(0.63, 1)).toBe('x aaaaaaaaaa bbbbbbbb cccccc');
    expect(await kept(0.64, 1)).toBe('x aaaaaaaaaa bbbbbbbb cccccc dddd');
    expect(await kept(0.01, 2)).toBe('x aaaaaaaaaa bbbbbbbb');
  });

  it('by entropy lets go what was expected where only that could be expected', async () => {
    const p = { top_p: 0.9, min_tokens: 1, entropy_threshold: 2, least_prompt: 0 };
    const unsure = async (text: string) =>
      (await score(text)).map((token) => (token.text.trim() === 'bb' ? { ...token, entropy: 3 } : token));
    const text = contentOf(await prune(callOf('x aa bb cccc\n\nwhy'), p, unsure));
    expect(text).toBe('x bb cccc\n\nwhy');
  });

  it('leaves short prompts, the model’s own words and tools’ results as they are', async () => {
    const call = callOf(body + question, [{ role: 'assistant', content: body }]);
    expect((await prune(call, { ...rule, least_prompt: 500 })).messages).toBe(call.messages);
    expect((await prune(call, rule)).messages[1]).toBe(call.messages[1]);
  });

  it('scores what comes before the question once, and the question with every call', async () => {
    const asked: string[] = [];
    const scorer = rememberScores((text) => {
      asked.push(text);
      return score(text);
    });
    const example: Call['messages'] = [
      { role: 'user', content: `an example. ${body}` },
      { role: 'assistant', content: 'done' },
    ];
    const calls = ['one ', 'two ', 'one '].map((start) => callOf(start + body + question, example));
    const pruned = await Promise.all(calls.map((call) => prunePrompt(call, rule, scorer, count)));
    expect(asked.filter((text) => text.startsWith('an example'))).toHaveLength(1);
    expect(asked.filter((text) => text.startsWith('one'))).toHaveLength(2);
    expect(pruned[2]).toEqual(pruned[0]);
    expect(pruned[0]).toEqual(await prune(calls[0] as Call, rule));
  });

  it('asks again for a text whose scores failed', async () => {
    let asked = 0;
    const scorer = rememberScores(async (text) => {
      if (asked++ === 0) throw new Error('the scorer died');
      return score(text);
    });
    await expect(scorer.again('a text')).rejects.toThrow('died');
    expect(await scorer.again('a text')).toEqual(await score('a text'));
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
        const once = contentOf(await prune(call, { ...rule, top_p }));
        let at = 0;
        for (const word of once.split(/\s+/)) {
          at = all.indexOf(word, at) + 1;
          expect(at).toBeGreaterThan(0);
        }
        expect(contentOf(await prune(call, { ...rule, top_p }))).toBe(once);
        expect(once.endsWith(question)).toBe(true);
        expect((await prune(call, { ...rule, top_p: 1 })).messages).toBe(call.messages);
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
