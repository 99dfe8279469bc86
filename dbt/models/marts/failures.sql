-- What went wrong, by policy and cause, with the first sample as an example.
WITH all_trials AS (
  SELECT run, benchmark, backend, model, policy_name, count(*) AS trials
  FROM {{ ref('results') }}
  GROUP BY run, benchmark, backend, model, policy_name
),

causes AS (
  SELECT
    run,
    benchmark,
    backend,
    model,
    policy_name,
    status,
    coalesce(error_code, 'none') AS error_code,
    count(*) AS failures,
    min(sample_id) AS first_sample,
    arg_min(error_message, sample_id) AS first_message
  FROM {{ ref('results') }}
  WHERE status <> 'ok'
  GROUP BY run, benchmark, backend, model, policy_name, status, coalesce(error_code, 'none')
)

SELECT
  causes.*,
  all_trials.trials,
  causes.failures / all_trials.trials AS share
FROM causes
JOIN all_trials ON {{ same_cell('causes', 'all_trials') }}
