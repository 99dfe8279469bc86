/**
 * Loads each model file named on the command line from the built engine and runs a few tokens through it. Prints the
 * file before it is touched and what came of it after: a process that dies says with its last line which file did it.
 */
import { createEngine } from '../../dist/engine/index.js';

const tokenizer = { encode: () => [], bytes: () => [], decode: () => '', endIds: new Set(), chat: () => '' };
const meter = { add() {}, peak() {}, tally() {}, call() {} };
const context = { signal: new AbortController().signal, meter };
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

for (const file of process.argv.slice(2)) {
  say({ loading: file });
  try {
    const engine = await createEngine(file, { tokenizer });
    const sequence = engine.open(32, context);
    const prompt = { sequence, tokens: [1, 2, 3], positions: [0, 1, 2], logits: 1, prefill: true };
    await engine.forward([prompt], () => undefined);
    await engine.forward([{ sequence, tokens: [4], positions: [3], logits: 1 }], () => undefined);
    sequence[Symbol.dispose]();
    await engine[Symbol.asyncDispose]();
    say({ file, ran: true });
  } catch (error) {
    say({ file, code: error.code ?? error.name, message: error.message });
  }
}
