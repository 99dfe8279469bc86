-- One row for each run, policy and metric: spreads, differences to the baseline, verdicts. Computed by ttcbench, not here.
SELECT * EXCLUDE (filename) REPLACE ({{ run_of('filename') }} AS run)
FROM read_parquet({{ files(env_var('TTCBENCH_COMPARISONS', 'runs/*/parquet/comparisons.parquet')) }}, union_by_name = true, filename = true)
