{# The run folder of a file in its `parquet` folder. #}
{% macro run_of(filename) %}
regexp_replace({{ filename }}, '[/\\\\]parquet[/\\\\][^/\\\\]*$', '')
{% endmacro %}
