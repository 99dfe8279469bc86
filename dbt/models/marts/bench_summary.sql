-- One row for each run, benchmark, backend, model and policy. Percentiles are null where so few samples cannot support them.
WITH cells AS (
  SELECT
    run,
    benchmark,
    backend,
    model,
    policy_name,
    min(realisation) AS realisation,
    min(fidelity) AS fidelity,
    min(started_at) AS started_at,
    max(ended_at) AS ended_at,
    count(*) AS trials,
    count(*) FILTER (WHERE status = 'ok') AS finished,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    count(*) FILTER (WHERE status = 'unsupported') AS unsupported,
    count(DISTINCT sample_id) AS samples,
    avg(first_token_latency) AS avg_latency,
    avg(throughput) AS avg_throughput,
    avg(rouge_l) AS avg_quality,
    avg(reward) AS avg_score,
    avg(generation_time) AS avg_time,
    sum(total_tokens) AS total_tokens,
    sum(cost_usd) AS cost_usd
  FROM {{ ref('results') }}
  GROUP BY run, benchmark, backend, model, policy_name
)

SELECT
  cells.*,
  first_token.p50 AS p50_latency,
  first_token.p50_low AS p50_latency_low,
  first_token.p50_high AS p50_latency_high,
  first_token.p95 AS p95_latency,
  first_token.p95_low AS p95_latency_low,
  first_token.p95_high AS p95_latency_high,
  first_token.p99 AS p99_latency,
  first_token.p99_low AS p99_latency_low,
  first_token.p99_high AS p99_latency_high,
  total.p50 AS p50_time,
  total.p50_low AS p50_time_low,
  total.p50_high AS p50_time_high,
  total.p95 AS p95_time,
  total.p95_low AS p95_time_low,
  total.p95_high AS p95_time_high,
  total.p99 AS p99_time,
  total.p99_low AS p99_time_low,
  total.p99_high AS p99_time_high,
  {% for cost in ['seconds', 'tokens', 'usd'] %}
  {{ cost }}.mean AS {{ cost }}_per_correct,
  {{ cost }}.mean_low AS {{ cost }}_per_correct_low,
  {{ cost }}.mean_high AS {{ cost }}_per_correct_high,
  {% endfor %}
  coalesce(total.ratio, makespan.ratio) AS time_ratio,
  coalesce(total.ratio_low, makespan.ratio_low) AS time_ratio_low,
  coalesce(total.ratio_high, makespan.ratio_high) AS time_ratio_high,
  coalesce(total.verdict, makespan.verdict) AS time_verdict,
  score.difference AS score_difference,
  score.difference_low AS score_difference_low,
  score.difference_high AS score_difference_high,
  score.verdict AS score_verdict
FROM cells
{% for name, metric in [
  ('first_token', 'first_token_latency'),
  ('total', 'generation_time'),
  ('makespan', 'makespan'),
  ('score', 'reward'),
  ('seconds', 'seconds_per_correct'),
  ('tokens', 'tokens_per_correct'),
  ('usd', 'usd_per_correct'),
] %}
LEFT JOIN {{ ref('comparisons') }} AS {{ name }}
  ON {{ name }}.metric = '{{ metric }}' AND {{ same_cell(name, 'cells') }}
{% endfor %}
