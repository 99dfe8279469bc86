/**
 * node-llama-cpp as a peer: the same JSON lines as scripts/llama-reference.mjs, answered by its `evaluate()`.
 *
 *   node perf/engine/node-llama-cpp.mjs FOLDER_WITH_NODE_MODULES MODEL.gguf THREADS true|false (flash attention)
 *
 * It is no dependency of ours: 730 MB with its graphics back ends. `npm i node-llama-cpp --ignore-scripts` in a folder.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, model, threads, flash] = process.argv.slice(2);
const entry = createRequire(join(folder, 'package.json')).resolve('node-llama-cpp');
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(entry).href);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.disabled, maxThreads: +threads });
const loaded = await llama.loadModel({ modelPath: model });
const context = await loaded.createContext({
  contextSize: 2048,
  batchSize: 512,
  threads: +threads,
  flashAttention: flash === 'true',
});
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
say({ ready: {} });

for await (const line of createInterface({ input: process.stdin })) {
  const { batches } = JSON.parse(line);
  const sequence = context.getSequence();
  const [prompt, ...steps] = batches;
  const answer = { argmax: [], cpuMs: [], wallMs: [] };
  let before = cpuMs();
  let started = performance.now();
  const note = (id) => {
    answer.argmax.push(id);
    answer.cpuMs.push(cpuMs() - before);
    answer.wallMs.push(performance.now() - started);
    before = cpuMs();
    started = performance.now();
  };
  // The prompt alone, then greedy steps: evaluate() yields a token per step.
  const tokens = sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true });
  for (let step = 0; step <= steps.length; step++) note((await tokens.next()).value);
  await tokens.return?.();
  sequence.dispose();
  say(answer);
}
process.exit();
