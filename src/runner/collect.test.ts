import { expect, it } from 'vitest';
import type { TextPart } from '../core/index.ts';
import { createCollector } from './collect.ts';

const part = (at: number, text: string, more: Partial<TextPart> = {}): TextPart => ({
  ...{ type: 'text', at: BigInt(at) * 1_000_000n, text, channel: 'answer' },
  ...more,
});

it('what came before the end of reasoning that began without a sign is reasoning, not answer', () => {
  const { collected, add } = createCollector(0n);
  for (const one of [part(1, 'Let me '), part(2, 'think.'), part(3, 'Lima', { closesReasoning: true })]) add(one);
  expect(collected).toMatchObject({ answer: 'Lima', reasoning: 'Let me think.', first_answer: 3 });
  expect(collected.reasoningParts).toEqual([0, 1]);
  expect(collected.texts).toEqual(['Let me ', 'think.', 'Lima']);
});

it('a piece of a tool call before it is no reasoning', () => {
  const { collected, add } = createCollector(0n);
  add(part(1, 'Hm'));
  add({ type: 'tool', at: 2_000_000n, index: 0, id: 'a', name: 'look', arguments: '{}' });
  add(part(3, '', { closesReasoning: true, ids: [7] }));
  expect(collected.reasoningParts).toEqual([0]);
  expect(collected.answer).toBe('');
});
