import { describe, expect, it } from 'vitest';
import type { Call } from '../core/index.ts';
import { type ProviderName, providerOf, providers } from './providers.ts';
import { chatBody } from './request.ts';

const call: Call = { messages: [{ role: 'user', content: 'hi' }], maxTokens: 9, temperature: 0, seed: 2 ** 31 + 5 };
const body = (name: ProviderName, more: Partial<Call> = {}) => chatBody({ ...call, ...more }, 'm', providers[name]);

describe('the body of a request', () => {
  it('is what Groq documents', () => {
    expect(body('groq', { stop: ['\n'], sampling: { topP: 0.9 } })).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      max_completion_tokens: 9,
      temperature: 0,
      top_p: 0.9,
      seed: 5,
      stop: ['\n'],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('continues a started answer in the way of each server', () => {
    const started = { continue: 'Once' };
    const last = (name: ProviderName) => (body(name, started).messages as object[]).at(-1);
    expect(last('groq')).toEqual({ role: 'assistant', content: 'Once' });
    expect(last('mistral')).toEqual({ role: 'assistant', content: 'Once', prefix: true });
    expect(body('vllm', started)).toMatchObject({ continue_final_message: true, add_generation_prompt: false });
    expect(() => body('openai', started)).toThrow(/cannot continue a started answer/);
  });

  it.each<[string, ProviderName, Partial<Call>]>([
    ['log-probabilities', 'groq', { logprobs: 5 }],
    ['top_k', 'groq', { sampling: { topK: 3 } }],
    ['five stop strings', 'openai', { stop: ['a', 'b', 'c', 'd', 'e'] }],
  ])('refuses %s where the provider has none, and never leaves it out', (_, name, more) => {
    expect(() => body(name, more)).toThrow(expect.objectContaining({ code: 'E_CAPABILITY' }));
  });

  it('asks for log-probabilities as each server wants them', () => {
    expect(body('vllm', { logprobs: 5 })).toMatchObject({ logprobs: true, top_logprobs: 5 });
    expect(body('together', { logprobs: 5 })).toMatchObject({ logprobs: 5 });
  });

  it('lets extra fields overrule, but not the stream', () => {
    const extra = { reasoning_effort: 'low', temperature: 1, stream: false };
    expect(chatBody(call, 'm', providers.groq, { extra })).toMatchObject({
      reasoning_effort: 'low',
      temperature: 1,
      stream: true,
    });
  });
});

describe('providers', () => {
  it.each([
    ['api.groq.com', [], 'groq'],
    ['eu.api.openai.com', [], 'openai'],
    ['notapi.openai.com.evil.org', [], 'generic'],
    ['localhost', ['vllm'], 'vllm'],
    ['localhost', ['llamacpp'], 'llama.cpp'],
    ['10.0.0.1', ['nobody'], 'generic'],
  ])('%s %s is %s', (host, owners, name) => {
    expect(providerOf(host, owners).name).toBe(name);
  });
});
