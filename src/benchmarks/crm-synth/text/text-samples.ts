/** Samples of levels 1 and 2. */
import type { Message } from '../../../core/index.ts';
import { createDraw } from '../draw.ts';
import type { CrmSample } from '../sample.ts';
import type { TextFamily, TextLevel } from './task.ts';

export function textSample(family: TextFamily, level: TextLevel, seed: number, index: number): CrmSample {
  const {
    prompt,
    reference,
    points = [],
    score = family.score,
  } = family.draw(createDraw('text', family.name, level, seed, index), level);
  const shots = family.shots(level).flatMap(({ prompt, reference }): Message[] => [
    { role: 'user', content: prompt },
    { role: 'assistant', content: reference },
  ]);
  return {
    id: `${family.name}-${index + 1}`,
    ...{
      family: family.name,
      prompt,
      reference,
      points,
      score,
      gold: [reference],
      maxTokens: family.maxTokens,
      ...(family.stop && { stop: family.stop }),
    },
    messages: [...shots, { role: 'user', content: prompt }],
  };
}
