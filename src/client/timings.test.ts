import { describe, expect, it } from 'vitest';
import { timingsOf, timingsOfHeaders } from './timings.ts';
import { usageOf } from './usage.ts';

const llamaCpp = {
  choices: [],
  usage: { completion_tokens: 50, prompt_tokens: 80, total_tokens: 130 },
  timings: { cache_n: 78, prompt_n: 2, prompt_ms: 10, predicted_n: 50, predicted_ms: 400, predicted_per_second: 125 },
};
const ollama = {
  done: true,
  done_reason: 'stop',
  total_duration: 2310000000,
  prompt_eval_count: 30,
  prompt_eval_duration: 300000000,
  eval_count: 100,
  eval_duration: 2000000000,
};
const cerebras = {
  choices: [{ delta: {}, finish_reason: 'stop' }],
  usage: {
    total_tokens: 400,
    completion_tokens: 100,
    completion_tokens_details: { reasoning_tokens: 90 },
    prompt_tokens: 300,
    prompt_tokens_details: { cached_tokens: 256 },
  },
  time_info: { created: 1780000000.25, queue_time: 0.003, prompt_time: 0.01, completion_time: 0.15, total_time: 0.166 },
};
const vllm = {
  usage: { prompt_tokens: 9, total_tokens: 10, completion_tokens: 1 },
  metrics: { time_to_first_token_ms: 30, generation_time_ms: 80, queue_time_ms: 4 },
};
const fireworks = {
  usage: { prompt_tokens: 5, completion_tokens: 7 },
  perf_metrics: { 'prefill-queue-duration': 0.002, 'prefill-duration': 0.04, 'generation-duration': 0.3 },
};
const lmStudio = {
  stats: { input_tokens: 4, total_output_tokens: 6, reasoning_output_tokens: 2, time_to_first_token_seconds: 0.2 },
};
const deepSeek = { usage: { prompt_tokens: 10, completion_tokens: 3, prompt_cache_hit_tokens: 8 } };
const responses = {
  usage: {
    input_tokens: 4,
    output_tokens: 6,
    input_tokens_details: { cached_tokens: 1 },
    output_tokens_details: { reasoning_tokens: 2 },
  },
};
const groqFinish = {
  usage: null,
  x_groq: { usage: { prompt_tokens: 20, completion_tokens: 5, prompt_time: 0.5, completion_time: 0.25 } },
};

describe('usage and server times of every shape', () => {
  it.each([
    ['llama.cpp', llamaCpp, { prompt: 80, completion: 50 }, { prompt: 10, completion: 400 }],
    ['Ollama', ollama, { prompt: 30, completion: 100 }, { prompt: 300, completion: 2000, total: 2310 }],
    [
      'Cerebras',
      cerebras,
      { prompt: 300, completion: 100, reasoning: 90, cached: 256 },
      { queue: 3, prompt: 10, completion: 150, total: 166 },
    ],
    ['vLLM', vllm, { prompt: 9, completion: 1 }, { queue: 4, completion: 80 }],
    ['Fireworks', fireworks, { prompt: 5, completion: 7 }, { queue: 2, prompt: 40, completion: 300 }],
    ['LM Studio', lmStudio, { prompt: 4, completion: 6, reasoning: 2 }, { prompt: 200 }],
    ['DeepSeek', deepSeek, { prompt: 10, completion: 3, cached: 8 }, undefined],
    ['OpenAI responses', responses, { prompt: 4, completion: 6, reasoning: 2, cached: 1 }, undefined],
    ['Groq without a top-level usage', groqFinish, { prompt: 20, completion: 5 }, { prompt: 500, completion: 250 }],
    ['a null usage', { usage: null, choices: [] }, undefined, undefined],
  ])('%s', (_, chunk, usage, timings) => {
    expect(usageOf(chunk)).toEqual(usage);
    const seen = timingsOf(chunk);
    expect(Object.keys(seen ?? {}).sort()).toEqual(Object.keys(timings ?? {}).sort());
    for (const [part, value] of Object.entries(timings ?? {}))
      expect(seen).toHaveProperty(part, expect.closeTo(value, 9));
  });

  it('reads times in headers', () => {
    expect(timingsOfHeaders({ 'openai-processing-ms': '120' })).toEqual({ total: 120 });
    expect(timingsOfHeaders({ 'x-queue-time': '3', 'x-inference-time': '40', 'x-total-time': '50' })).toEqual({
      queue: 3,
      completion: 40,
      total: 50,
    });
    expect(timingsOfHeaders({ 'content-type': 'text/event-stream' })).toBeUndefined();
  });
});
