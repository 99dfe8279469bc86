-- A policy over runs: its time against the baseline of its own run, so that a slower machine is no drift. A change is
-- marked where it differs from the run before by more than `change_errors` standard errors, which come from the 95 %
-- intervals on the scale of logarithms.
WITH measured AS (
  SELECT
    run,
    benchmark,
    backend,
    model,
    policy_name,
    started_at,
    trials,
    time_ratio,
    time_ratio_low,
    time_ratio_high,
    avg_score,
    score_difference,
    ln(time_ratio) AS place,
    (ln(time_ratio_high) - ln(time_ratio_low)) / (2 * 1.959964) AS error
  FROM {{ ref('bench_summary') }}
  WHERE time_ratio > 0 AND time_ratio_low > 0 AND policy_name <> 'baseline'
),

steps AS (
  SELECT
    *,
    lag(run) OVER policy AS previous_run,
    place - lag(place) OVER policy AS step,
    sqrt(error * error + pow(lag(error) OVER policy, 2)) AS step_error
  FROM measured
  WINDOW policy AS (PARTITION BY benchmark, backend, model, policy_name ORDER BY started_at, run)
)

SELECT
  run,
  benchmark,
  backend,
  model,
  policy_name,
  started_at,
  trials,
  time_ratio,
  time_ratio_low,
  time_ratio_high,
  avg_score,
  score_difference,
  previous_run,
  exp(step) AS change,
  step_error AS change_error,
  coalesce(abs(step) > {{ var('change_errors') }} * step_error, false) AS is_change
FROM steps
