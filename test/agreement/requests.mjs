/**
 * Plays requests of varying length on the built engine and prints the resident memory after each, in bytes:
 * node --expose-gc requests.mjs MODEL REQUESTS TOKENS
 */
import { createEngine } from '../../dist/engine/index.js';

const [model, requests, tokens] = process.argv.slice(2);
const tokenizer = {
  encode: () => [],
  bytes: () => new Uint8Array(),
  decode: () => '',
  endIds: new Set(),
  chat: () => '',
};
const meter = { add() {}, peak() {}, tally() {}, call() {} };
const context = { signal: new AbortController().signal, meter };
const engine = await createEngine(model, { tokenizer });
const length = (request) => 20 + ((request * 7919) % 380);
const resident = [];

for (let request = 0; request < Number(requests); request++) {
  // Every fourth request is two calls whose rows share passes.
  const calls = request % 4 === 3 ? [length(request), length(request + 1)] : [length(request)];
  const sequences = calls.map((prompt) => engine.open(prompt + Number(tokens), context));
  for (const [at, sequence] of sequences.entries()) {
    const positions = Array.from({ length: calls[at] }, (_, position) => position);
    for (let from = 0; from < positions.length; from += engine.chunk) {
      const chunk = positions.slice(from, from + engine.chunk);
      const pass = { sequence, tokens: chunk.map((id) => 5 + id), positions: chunk, prefill: true };
      await engine.forward([pass], () => undefined);
    }
  }
  for (let step = 0; step < Number(tokens); step++) {
    const passes = sequences.map((sequence) => {
      const position = sequence.length();
      return { sequence, tokens: [5 + step], positions: [position], logits: 1 };
    });
    await engine.forward(passes, () => undefined);
  }
  for (const sequence of sequences) sequence[Symbol.dispose]();
  globalThis.gc();
  resident.push(process.memoryUsage.rss());
}
await engine[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify(resident));
