-- One row a trial, of all runs: what `ttcbench dbt publish` (or a run, at its end) wrote beside each journal.
SELECT * EXCLUDE (filename) REPLACE ({{ run_of('filename') }} AS run)
FROM read_parquet({{ files(env_var('TTCBENCH_TRIALS', 'runs/*/parquet/trials.parquet')) }}, union_by_name = true, filename = true)
