-- Every trial is in one row of the summary, and has one status.
SELECT *
FROM (
  SELECT
    (SELECT count(*) FROM {{ ref('results') }}) AS trials,
    (SELECT sum(trials) FROM {{ ref('bench_summary') }}) AS summed,
    (SELECT sum(finished + failed + unsupported) FROM {{ ref('bench_summary') }}) AS by_status
)
WHERE trials <> coalesce(summed, 0) OR trials <> coalesce(by_status, 0)
