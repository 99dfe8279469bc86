{% macro same_cell(one, other) %}
{% for column in ['run', 'benchmark', 'backend', 'model', 'policy_name'] %}
{{ one }}.{{ column }} = {{ other }}.{{ column }}{% if not loop.last %} AND {% endif %}
{% endfor %}
{% endmacro %}
