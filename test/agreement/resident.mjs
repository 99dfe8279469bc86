/**
 * Opens a model on the built engine, reads a prompt, and prints resident memory in bytes: after the engine's code is there,
 * when the model is open, after the prompt, and the most of all: node resident.mjs MODEL TOKENS
 */
import { createEngine } from '../../dist/engine/index.js';

const [model, tokens] = process.argv.slice(2);
const tokenizer = {
  encode: () => [],
  bytes: () => new Uint8Array(),
  decode: () => '',
  endIds: new Set(),
  chat: () => '',
};
const meter = { add() {}, peak() {}, tally() {}, call() {} };
const context = { signal: new AbortController().signal, meter };
const resident = () => process.memoryUsage.rss();
const before = resident();
const engine = await createEngine(model, { tokenizer });
const open = resident();
const count = Number(tokens);
const sequence = engine.open(count, context);
for (let at = 0; at < count; at += engine.chunk) {
  const rows = Math.min(engine.chunk, count - at);
  const ids = Array.from({ length: rows }, (_, row) => ((at + row) * 7919) % engine.model.vocabulary);
  const positions = ids.map((_, row) => at + row);
  await engine.forward([{ sequence, tokens: ids, positions, logits: 1, prefill: true }], () => undefined);
}
const played = resident();
sequence[Symbol.dispose]();
await engine[Symbol.asyncDispose]();
console.log(JSON.stringify({ before, open, played, most: process.resourceUsage().maxRSS * 1024 }));
