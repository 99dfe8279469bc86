/** What Prometheus is told of a run, counted from its events. */
import type { RunEvent } from '../runner/run.ts';
import { createCounter, createHistogram, family, processFamilies } from './families.ts';

export interface RunStats {
  take(event: RunEvent): void;
  text(): string;
}

/** Counters are those of this session; the gauges of the plan count earlier sessions, too. */
export function createRunStats(): RunStats {
  const trials = createCounter();
  const failures = createCounter();
  const tokens = createCounter();
  const first = createHistogram();
  const whole = createHistogram();
  let [planned, done, running] = [0, 0, 0];
  const gauge = (name: string, help: string, value: number) => family(name, 'gauge', help, [`${name} ${value}`]);
  const counted = (name: string, help: string, counter: ReturnType<typeof createCounter>) =>
    family(name, 'counter', help, counter.lines(name));
  const spread = (name: string, help: string, histogram: ReturnType<typeof createHistogram>) =>
    family(name, 'histogram', help, histogram.lines(name));

  return {
    take(event) {
      if (event.type === 'block') return;
      planned = event.progress.total;
      done = event.progress.done;
      if (event.type === 'start') running = 0;
      if (event.type === 'begin') running += event.jobs.length;
      if (event.type !== 'trial') return;
      running--;
      const { cell, status, error, prompt_tokens, completion_tokens, first_ms, wall_ms } = event.trial;
      const { policy_name: policy, benchmark } = cell;
      trials.add({ policy, benchmark, status });
      if (error) failures.add({ policy, code: error.code });
      tokens.add({ policy, kind: 'prompt' }, prompt_tokens);
      tokens.add({ policy, kind: 'completion' }, completion_tokens);
      if (first_ms !== undefined) first.observe(first_ms / 1000);
      if (wall_ms !== undefined) whole.observe(wall_ms / 1000);
    },
    text: () =>
      `${[
        ...gauge('ttcbench_run_planned_trials', 'trials of the plan', planned),
        ...gauge('ttcbench_run_done_trials', 'trials in the journal, those of earlier sessions included', done),
        ...gauge('ttcbench_run_running_trials', 'trials that have begun and are not in the journal yet', running),
        ...counted('ttcbench_run_trials_total', 'trials of this session by policy, benchmark and status', trials),
        ...counted('ttcbench_run_failures_total', 'errors of trials by policy and code', failures),
        ...counted('ttcbench_run_tokens_total', 'tokens of finished trials by policy and kind', tokens),
        ...spread('ttcbench_run_first_token_seconds', 'time to the first token of a trial', first),
        ...spread('ttcbench_run_trial_seconds', 'time that a trial took', whole),
        ...processFamilies('the process of the run, without engines and client processes'),
      ].join('\n')}\n`,
  };
}
