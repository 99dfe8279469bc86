SELECT run, benchmark, backend, model
FROM {{ ref('pareto_front') }}
GROUP BY run, benchmark, backend, model
HAVING NOT bool_or(on_front)
