/** Our engine behind the same JSON lines as scripts/llama-reference.mjs: node ours.mjs MODEL THREADS PREFILL */
import { createInterface } from 'node:readline';
import { createMeter } from '../../dist/core/index.js';
import { argmax } from '../../dist/decode/index.js';
import { createEngine } from '../../dist/engine/index.js';

const [model, threads, given] = process.argv.slice(2);
const prefill = /** @type {'flash' | 'exact'} */ (given);
const tokenizer = {
  encode: () => [],
  bytes: () => new Uint8Array(),
  decode: () => '',
  endIds: new Set(),
  chat: () => '',
};
const engine = await createEngine(model, { threads: Number(threads), prefill, tokenizer });
const context = { signal: new AbortController().signal, meter: createMeter() };
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
/** @param {readonly import('../../dist/core/index.js').Output[]} outputs */
const copy = ([{ logits }]) => logits.slice();
say({ ready: { identity: engine.identity } });

for await (const line of createInterface({ input: process.stdin })) {
  const { batches } = JSON.parse(line);
  const sequence = engine.open(batches.flat().length, context);
  const answer = { argmax: [], cpuMs: [], wallMs: [] };
  for (const ids of batches) {
    const started = performance.now();
    const before = process.cpuUsage();
    let last;
    for (let at = 0; at < ids.length; at += engine.chunk) {
      const tokens = ids.slice(at, at + engine.chunk);
      const positions = tokens.map((_, row) => sequence.length() + row);
      const logits = at + engine.chunk >= ids.length ? 1 : 0;
      last = await engine.forward([{ sequence, tokens, positions, logits, prefill: ids.length > 1 }], copy);
    }
    const { user, system } = process.cpuUsage(before);
    answer.argmax.push(argmax(last));
    answer.cpuMs.push((user + system) / 1000);
    answer.wallMs.push(performance.now() - started);
  }
  sequence[Symbol.dispose]();
  say(answer);
}
await engine[Symbol.asyncDispose]();
