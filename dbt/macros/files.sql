{# Paths or globs, separated by semicolons, as a list of SQL texts. #}
{% macro files(paths) %}
[{% for path in paths.split(';') %}'{{ path.replace("'", "''") }}'{% if not loop.last %}, {% endif %}{% endfor %}]
{% endmacro %}
