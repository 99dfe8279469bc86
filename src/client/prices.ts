/** Prices in US dollars per million tokens, with their dates. Sources: docs/prices.md. */
import type { Prices } from '../core/index.ts';

export interface DatedPrices extends Prices {
  provider: string;
  model: string;
  /** Day on which the price was read. */
  asOf: string;
  /** Day after which the model cannot be called any more. */
  withdrawn?: string;
}

const groq = (
  model: string,
  asOf: string,
  [prompt, cached, completion]: readonly [number, number | undefined, number],
  withdrawn?: string,
): DatedPrices => ({
  provider: 'groq',
  model,
  asOf,
  prompt,
  completion,
  ...(cached === undefined ? {} : { cached }),
  ...(withdrawn === undefined ? {} : { withdrawn }),
});

export const prices: readonly DatedPrices[] = [
  groq('openai/gpt-oss-120b', '2026-10-02', [0.15, 0.075, 0.6]),
  groq('openai/gpt-oss-20b', '2026-10-02', [0.075, 0.037, 0.3]),
  groq('openai/gpt-oss-safeguard-20b', '2026-10-02', [0.075, 0.037, 0.3]),
  groq('qwen/qwen3.8-27b', '2026-10-02', [0.8, undefined, 4]),
  groq('llama-3.3-70b-versatile', '2026-09-23', [0.59, undefined, 0.79], '2026-08-16'),
  groq('llama-3.1-8b-instant', '2026-09-23', [0.05, undefined, 0.08], '2026-08-16'),
  groq('moonshotai/kimi-k2-instruct-0905', '2026-09-23', [1, 0.5, 3], '2026-04-15'),
  groq('qwen/qwen3-32b', '2026-09-23', [0.29, undefined, 0.59], '2026-07-17'),
  groq('meta-llama/llama-4-scout-17b-16e-instruct', '2026-09-23', [0.11, undefined, 0.34], '2026-07-17'),
];

/** The known price of a model at a provider; undefined where we have none, and then no cost is made up. */
export const priceOf = (provider: string, model: string): DatedPrices | undefined =>
  prices.find((price) => price.provider === provider && price.model === model);
