// A whole run in a process of its own, for tests that kill it: plan, folder, journal and runner as built, and a source
// of text that needs no model. Usage: node toy-run.mjs FOLDER [JSON options]. Prints the key of every trial that is safe.
import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const dist = new URL('../../dist/', import.meta.url);
const { hash, now, TtcError } = await import(new URL('core/index.js', dist).href);
const { plan, planHash } = await import(new URL('runner/plan.js', dist).href);
const { exitCodeOf, run } = await import(new URL('runner/run.js', dist).href);
const { openRunFolder } = await import(new URL('store/run-folder.js', dist).href);
const { whatIsLeft } = await import(new URL('runner/what-is-left.js', dist).href);
const { openScores } = await import(new URL('store/rescored.js', dist).href);
const { unscoredTrials } = await import(new URL('store/unscored-trials.js', dist).href);

const [folder, json = '{}'] = process.argv.slice(2);
const { samples = 20, realisation = 'engine', hangs = '', size = 20_000, seed = 1 } = JSON.parse(json);

const config = {
  backend: { name: 'toy', model: null, baseUrls: [], apiKeyEnv: null, threads: 1 },
  benchmarks: [{ name: 'toy', samples, timeout: 3600, options: {} }],
  ...{ policies: [], repeats: 1, seed, maxTokens: null, temperature: 0, sampling: {}, margin: {}, concurrency: 4 },
};
const rows = Array.from({ length: samples }, (_, index) => ({
  ...{ id: `s${index}`, benchmark: 'toy', prompt: `say ${index}`, reference: `${index}` },
}));
const policy = (policy_name, blockSize = 1) => ({
  ...{ policy_name, version: 1, params: {}, realisation, fidelity: 'exact', blockSize },
});
const jobs = plan(config, {
  benchmarks: [{ name: 'toy', version: '1', options: {}, sampleIds: rows.map((row) => row.id), maxTokens: 8 }],
  policies: [policy('baseline'), policy('baseline_again'), policy('other'), policy('elastic', 8)],
  backend: { name: 'toy', model: 'digits', identity: 'toy 1' },
});

/** Long answers, so that a kill often tears the write that carries them. */
async function* generate(call, { signal }) {
  const word = hash([call.messages, call.seed]);
  for (let index = 0; index < 3; index++) {
    await delay(1);
    if (signal.aborted) throw new TtcError('E_ABORTED', 'stopped');
    const text = `${word}${index} `.repeat(size / 100);
    yield { type: 'text', at: now(), text, channel: 'answer', ids: [index] };
  }
  if (call.conversation.id === `toy/${hangs}/0`) {
    writeSync(2, 'hanging\n');
    await new Promise(() => setInterval(() => undefined, 1000));
  }
  yield { type: 'end', at: now(), reason: 'stop' };
}

const played = {
  samples: new Map(rows.map((row) => [row.id, row])),
  ...{ maxTokens: 8, timeout: 3600 },
  open: {
    play: async (sample, { ask }) => ({ text: (await ask([{ role: 'user', content: sample.prompt }])).text }),
    score: (_, answer) => ({ length: answer.text.length }),
  },
};

const user = new AbortController();
process.on('SIGINT', () => user.abort());
try {
  const facts = { versions: {}, hardware: {}, model: {}, checks: {} };
  const opened = await openRunFolder(folder, { id: planHash(config, jobs), config, jobs, samples: rows, facts });
  const { journal } = opened;
  const scores = openScores(folder);
  const { left: _, ...toPlay } = whatIsLeft(jobs, journal);
  const outcome = await run({
    ...{ ...toPlay, config, journal, signal: user.signal },
    lateScores: { unscored: () => unscoredTrials(journal, scores), append: scores.append },
    benchmarks: new Map([['toy', played]]),
    // The test reads the journal again and again: with texts a line is twice as long.
    timeline: 'times',
    cells: async () => generate,
    // Synchronous, so that what was printed was safe before.
    onEvent: (event) => event.type === 'trial' && writeSync(1, `${event.trial.key}\n`),
  });
  const { status, machine, doubts } = outcome;
  await opened.endSession({ status, machine, doubts });
  await opened.close();
  process.exit(exitCodeOf(outcome));
} catch (error) {
  writeSync(2, `${error.code}: ${error.message}\n`);
  process.exit(1);
}
