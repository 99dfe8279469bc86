/** The white-box engine over ggml: `createEngine` opens a GGUF model, `openGguf` reads a file's header. */
export { createEngine, type EngineOptions } from './create-engine.ts';
export { createEncoder, type Encoder, type EncoderOptions } from './encoder.ts';
export type { LocalEngine } from './engine.ts';
export { forecastMemory, type MemoryForecast } from './forecast-memory.ts';
export { type Gguf, type Metadata, openGguf } from './gguf.ts';
export { checkRowInvariance, type InvarianceOptions, type RowInvariance } from './row-invariance.ts';
export { createTokenizer } from './tokenizer.ts';
