import { describe, expect, it } from 'vitest';
import { memoryFinding } from './memory-finding.ts';

const mebibyte = 2 ** 20;
const forecast = {
  weights: 480 * mebibyte,
  kvPerToken: 12288,
  contextLength: 32768,
  kv: (tokens: number) => 12288 * tokens,
  working: (tokens: number) => 4096 * tokens,
};

describe('the memory that a model will take', () => {
  it('is said by part, with the cache of a whole context, and fits', () => {
    const finding = memoryFinding(forecast, 2000 * mebibyte);
    expect(finding.state).toBe('ok');
    expect(finding.about).toBe(
      'opening it takes about 654 MiB: weights 480 MiB, KV cache 48 MiB for 4,096 tokens (12,288 bytes each; 384 MiB for the whole context of 32,768), working memory 16 MiB, the process 110 MiB; 2,000 MiB are free, so it fits',
    );
  });

  it('does not fit where less is free, and the model is not opened', () => {
    const finding = memoryFinding(forecast, 653 * mebibyte);
    expect(finding.state).toBe('wrong');
    expect(finding.about).toContain('it does not fit, and was not opened');
  });

  it('counts no more tokens than the model takes', () => {
    expect(memoryFinding({ ...forecast, contextLength: 512 }, 2 ** 34).about).toContain(
      'KV cache 6 MiB for 512 tokens',
    );
  });
});
