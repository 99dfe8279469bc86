-- Policies by mean time and mean score, group by group. On the front is who nobody beats in one without losing in the other:
-- a step function of measured points, nothing is interpolated. The baseline's second time is no policy.
WITH points AS (
  SELECT run, benchmark, backend, model, policy_name, avg_time, avg_score, trials
  FROM {{ ref('bench_summary') }}
  WHERE avg_time IS NOT NULL AND avg_score IS NOT NULL AND policy_name <> 'baseline_again'
)

SELECT
  points.*,
  count(better.policy_name) = 0 AS on_front,
  count(better.policy_name) AS beaten_by,
  min(better.avg_time) AS fastest_of_these,
  -- The best score that can be had in this time or less.
  max(points.avg_score) OVER (
    PARTITION BY points.run, points.benchmark, points.backend, points.model
    ORDER BY points.avg_time
  ) AS best_score
FROM points
LEFT JOIN points AS better
  ON better.run = points.run
  AND better.benchmark = points.benchmark
  AND better.backend = points.backend
  AND better.model = points.model
  AND better.avg_time <= points.avg_time
  AND better.avg_score >= points.avg_score
  AND (better.avg_time < points.avg_time OR better.avg_score > points.avg_score)
GROUP BY points.run, points.benchmark, points.backend, points.model, points.policy_name, points.avg_time, points.avg_score, points.trials
