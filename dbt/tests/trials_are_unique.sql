-- A trial may be in several runs, but only once in each.
SELECT run, trial_key
FROM {{ ref('results') }}
GROUP BY run, trial_key
HAVING count(*) > 1
