/** What opening a model will take, as a line of `ttcbench doctor` that is there before the model is opened. */
import type { MemoryForecast } from '../engine/index.ts';
import type { Finding } from './engine-findings.ts';

/** Node and our code take 60 MiB; graphs, and a tokenizer of 150,000 tokens with what V8 has not collected yet, 50 more. */
const processBytes = 110 * 2 ** 20;

/** A prompt and an answer that most benchmarks stay below. */
const usual = 4096;

const mebibytes = (bytes: number) =>
  `${(bytes / 2 ** 20).toLocaleString('en', { maximumFractionDigits: bytes < 2 ** 24 ? 1 : 0 })} MiB`;

/** @param available bytes that the system would give to another process */
export function memoryFinding(forecast: MemoryForecast, available: number): Finding {
  const { weights, kvPerToken, contextLength } = forecast;
  const tokens = Math.min(usual, contextLength);
  const [kv, working] = [forecast.kv(tokens), forecast.working(tokens)];
  const needed = processBytes + weights + kv + working;
  const parts = [
    `weights ${mebibytes(weights)}`,
    `KV cache ${mebibytes(kv)} for ${tokens.toLocaleString('en')} tokens (${kvPerToken.toLocaleString('en')} bytes each; ${mebibytes(forecast.kv(contextLength))} for the whole context of ${contextLength.toLocaleString('en')})`,
    `working memory ${mebibytes(working)}`,
    `the process ${mebibytes(processBytes)}`,
  ];
  const about = `opening it takes about ${mebibytes(needed)}: ${parts.join(', ')}; ${mebibytes(available)} are free`;
  if (needed <= available) return { name: 'memory', state: 'ok', about: `${about}, so it fits` };
  return {
    name: 'memory',
    state: 'wrong',
    about: `${about}: it does not fit, and was not opened`,
    help: 'end other programs, or take a smaller model or quantisation',
  };
}
