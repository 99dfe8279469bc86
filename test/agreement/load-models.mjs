/**
 * Loads each model file named on the command line from the built engine and plays a few tokens as a call would: prompt
 * written and encoded, logits read, ids decoded. Prints the file before it is touched and what came of it after: a
 * process that dies says with its last line which file did it.
 */
import { createEngine } from '../../dist/engine/index.js';

const meter = { add() {}, peak() {}, tally() {}, call() {} };
const context = { signal: new AbortController().signal, meter };
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const sentence = 'What did the 3 customers of Müller & Co. order — and when? 🙂\n';

function mostProbable([{ logits }]) {
  if (!logits.every(Number.isFinite)) throw new Error('logits that are not finite');
  return logits.indexOf(Math.max(...logits));
}

async function play({ tokenizer, model, ...engine }) {
  const prompt = tokenizer.encode(tokenizer.chat([{ role: 'user', content: sentence }]), { special: true });
  if (!prompt.every((id) => Number.isInteger(id) && id >= 0 && id < model.vocabulary)) throw new Error(`ids ${prompt}`);
  const sequence = engine.open(prompt.length + 2, context);
  const rows = { sequence, tokens: prompt, positions: prompt.map((_, at) => at), logits: 1, prefill: true };
  const first = await engine.forward([rows], mostProbable);
  const step = { sequence, tokens: [first], positions: [prompt.length], logits: 1 };
  const second = await engine.forward([step], mostProbable);
  for (const ids of [prompt, [first, second]])
    if (typeof tokenizer.decode(ids) !== 'string') throw new Error('no text');
  sequence[Symbol.dispose]();
  return tokenizer.decode(tokenizer.encode(sentence)) === sentence;
}

for (const file of process.argv.slice(2)) {
  say({ loading: file });
  try {
    const engine = await createEngine(file);
    try {
      say({ file, ran: true, faithful: await play(engine) });
    } finally {
      await engine[Symbol.asyncDispose]();
    }
  } catch (error) {
    say({ file, code: error.code ?? error.name, message: error.message });
  }
}
