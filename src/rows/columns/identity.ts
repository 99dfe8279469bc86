/** Which trial a row is of, and how it ended. */
import type { Cell, EndReason, ErrorCode, Fidelity, Trial } from '../../core/index.ts';
import { flag, integer, json, number, text, time } from './column.ts';

export const identityColumns = {
  run: text('Folder of the run.', ({ run }) => run),
  run_id: text("Hash of the run's plan.", ({ origin }) => origin?.run_id),
  machine: text('Processor, cores, memory and system of the machine that played it.', ({ origin }) => origin?.machine),
  version: text('Version of ttcbench that began the run.', ({ origin }) => origin?.version),
  temperature: number('Temperature of the run.', ({ origin }) => origin?.temperature),
  max_tokens: integer(
    "Most tokens of an answer; absent where the benchmark's own default held.",
    ({ origin }) => origin?.max_tokens,
  ),
  trial_key: text('Hash of everything that can change the answer.', ({ trial }) => trial.key),
  benchmark: text('Benchmark, options that matter in brackets.', ({ trial }) => trial.cell.benchmark),
  family: text('Family of the sample, where its benchmark has families.', ({ sample }) => sample?.family),
  sample_id: text('The sample.', ({ trial }) => trial.sample),
  policy_name: text('What `--policy` took.', ({ trial }) => trial.cell.policy_name),
  realisation: text('`engine` or `client`.', ({ trial }): Cell['realisation'] => trial.cell.realisation),
  fidelity: text('`exact`, `provider` or `lossy`, as promised.', ({ trial }): Fidelity => trial.cell.fidelity),
  backend: text('What produced the text.', ({ trial }) => trial.cell.backend),
  model: text('The model.', ({ trial }) => trial.cell.model),
  repeat: integer('Which time the sample was played, from 0.', ({ trial }) => trial.repeat),
  seed: integer('Seed of the trial, the same for every policy.', ({ trial }) => trial.seed),
  block: text('Trials of a block were offered together.', ({ trial }) => trial.block),
  pair: text('Equal for trials that are compared: benchmark, backend, model, repeat, sample.', ({ trial }) =>
    pairOf(trial),
  ),
  params: json('Resolved parameters of the policy.', ({ trial }) => JSON.stringify(trial.params)),
  status: text('`ok`, `failed` or `unsupported`.', ({ trial }): Trial['status'] => trial.status),
  error_code: text(
    'Why it failed, or why scores are missing.',
    ({ trial }): ErrorCode | undefined => trial.error?.code,
  ),
  error_message: text('The same in words.', ({ trial }) => trial.error?.message),
  replays: integer(
    "How often it was started over because the engine's process died.",
    ({ trial }) => trial.replays ?? 0,
  ),
  unscored: flag('Its scores are still to come.', ({ trial }) => trial.unscored === true),
  encoder: text('Sentence encoder used by scores that compare meanings.', ({ trial }) => trial.encoder),
  end_reason: text('Why the last call ended.', ({ trial }): EndReason | undefined => trial.turns.at(-1)?.reason),
  counted_by: text('Who counted the tokens of the last call.', ({ trial }) => trial.turns.at(-1)?.origin),
  started_at: time('Intended send of the first call.', ({ trial }) => trial.turns[0]?.started_at),
  ended_at: time('End of the trial.', ({ trial }) => trial.ended_at),
  date: text('Day of its end, in UTC.', ({ trial }) => trial.ended_at.slice(0, 10)),
  wall_ms: number('From the first intended send to the end, failed trials too.', ({ trial }) => trial.wall_ms, 'ms'),
};

/** What trials share that are compared with each other. */
export const pairOf = ({ cell: { benchmark, backend, model }, repeat, sample }: Trial): string =>
  JSON.stringify([benchmark, backend, model, repeat, sample]);
