import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { priceOf, prices } from './prices.ts';

describe('prices', () => {
  it('stand in the docs, row by row', () => {
    const page = readFileSync(new URL('../../docs/prices.md', import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| groq/.test(line));
    const expected = prices.map(({ provider, model, prompt, cached, completion, asOf, withdrawn }) =>
      `| ${provider} | ${model} | ${prompt} | ${cached ?? ''} | ${completion} | ${asOf} | ${withdrawn ?? ''} |`.replaceAll(
        '|  |',
        '| |',
      ),
    );
    expect(rows).toEqual(expected);
  });

  it('are not made up for what is not listed', () => {
    expect(priceOf('groq', 'openai/gpt-oss-20b')).toMatchObject({ prompt: 0.075 });
    expect(priceOf('groq', 'unknown')).toBeUndefined();
    expect(priceOf('vllm', 'openai/gpt-oss-20b')).toBeUndefined();
  });
});
