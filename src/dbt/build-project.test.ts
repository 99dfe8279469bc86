import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase, queryJson } from '../tables/index.ts';
import { type BuildOptions, buildProject, hasFaults } from './build-project.ts';
import { readProject } from './project.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-dbt-'));
let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => {
  database[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

let projects = 0;
/** A project of these files. */
function project(files: Record<string, string>, settings = 'models: {}') {
  const root = join(folder, `${projects++}`);
  for (const [path, text] of Object.entries({ 'dbt_project.yml': `name: mine\n${settings}\n`, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readProject(root);
}

const build = async (files: Record<string, string>, options: BuildOptions = {}, settings?: string) =>
  buildProject(database.connection, project(files, settings), { env: {}, ...options });
const rowsOf = (table: string) => queryJson(database.connection, `SELECT * FROM ${table} ORDER BY ALL`);

describe('a project', () => {
  it('is built in the order of its references, with macros, variables and the environment', async () => {
    const { models } = await build(
      {
        'models/a_last.sql':
          "SELECT {{ doubled('x') }} AS y, '{{ env_var('PLACE') }}' AS place FROM {{ ref('z_first') }}",
        'models/z_first.sql': "SELECT {{ var('start', 3) }} AS x",
        'macros/doubled.sql': '{% macro doubled(column) %}\n2 * {{ column }}\n{% endmacro %}',
      },
      { env: { PLACE: 'here' } },
      'models:\n  mine:\n    +materialized: table',
    );
    expect(models.map(({ name, rows }) => [name, rows])).toEqual([
      ['z_first', 1],
      ['a_last', 1],
    ]);
    expect(await rowsOf('a_last')).toEqual([{ y: 6, place: 'here' }]);
  });

  it('makes only what is asked for, and what that reads', async () => {
    const files = {
      'models/one.sql': 'SELECT 1 AS n',
      'models/two.sql': "SELECT * FROM {{ ref('one') }}",
      'models/three.sql': 'SELECT 3',
    };
    const { models } = await build(files, { select: ['two'] });
    expect(models.map(({ name }) => name)).toEqual(['one', 'two']);
    await expect(build(files, { select: ['tow'] })).rejects.toThrow(/no model "tow".*two/);
  });

  it('writes an ephemeral model into those that read it', async () => {
    await build({
      'models/inner.sql': "{{ config(materialized='ephemeral') }} SELECT 5 AS n",
      'models/outer_one.sql': "SELECT n + 1 AS n FROM {{ ref('inner') }}",
    });
    expect(await rowsOf('outer_one')).toEqual([{ n: 6 }]);
  });

  it('adds to an incremental model, replaces rows of the same key, and begins anew when asked', async () => {
    await database.connection.run('CREATE TABLE feed AS SELECT 1 AS id, 10 AS v UNION ALL SELECT 2, 20');
    const files = {
      'models/kept.sql':
        "{{ config(materialized='incremental', unique_key='id', incremental_strategy='delete+insert') }}\nSELECT * FROM feed{% if is_incremental() %} WHERE id > 1 AND (SELECT count(*) FROM {{ this }}) > 0{% endif %}",
    };
    await build(files);
    await database.connection.run('UPDATE feed SET v = v + 1');
    await database.connection.run('INSERT INTO feed VALUES (3, 30)');
    await build(files);
    expect(await rowsOf('kept')).toEqual([
      { id: 1, v: 10 },
      { id: 2, v: 21 },
      { id: 3, v: 30 },
    ]);
    await build(files, { fullRefresh: true });
    expect((await rowsOf('kept'))[0]).toEqual({ id: 1, v: 11 });
  });
});

describe('tests of a project', () => {
  const model = {
    'models/things.sql': "SELECT * FROM (VALUES (1, 'a'), (1, 'b'), (NULL, 'x')) AS t (id, kind)",
    'models/kinds.sql': "SELECT * FROM (VALUES ('a'), ('b')) AS t (kind)",
  };
  it.each([
    ['not_null', 'id', 'not_null', 1],
    ['unique', 'id', 'unique', 1],
    ['accepted_values', 'kind', "accepted_values: { values: ['a', 'b'] }", 1],
    ['accepted_values with arguments', 'kind', 'accepted_values: { arguments: { values: [a, b, x] } }', 0],
    ['relationships', 'kind', "relationships: { to: ref('kinds'), field: kind }", 1],
    ['a condition', 'id', 'not_null: { config: { where: "kind <> \'x\'" } }', 0],
  ])('find what they should: %s', async (_, column, test, faults) => {
    const yaml = `models:\n  - name: things\n    columns:\n      - name: ${column}\n        data_tests:\n          - ${test}\n`;
    const built = await build({ ...model, 'models/schema.yml': yaml });
    expect(built.tests.map((result) => result.faults)).toEqual([faults]);
    expect(hasFaults(built)).toBe(faults > 0);
  });

  it('that only warn are no failure, and queries are tests', async () => {
    const yaml =
      'models:\n  - name: things\n    columns:\n      - name: id\n        tests: [{ not_null: { severity: warn } }]\n';
    const built = await build({ ...model, 'models/schema.yml': yaml });
    expect([built.tests[0]?.faults, hasFaults(built)]).toEqual([1, false]);
    const query = await build({ ...model, 'tests/no_x.sql': "SELECT * FROM {{ ref('things') }} WHERE kind = 'x'" });
    expect(query.tests).toEqual([{ name: 'no_x', model: 'things', faults: 1, severity: 'error' }]);
  });
});

describe('refused by name, before anything is made, is', () => {
  it.each([
    ['a query at rendering', { 'models/m.sql': "SELECT\n{{ run_query('SELECT 1') }}" }, /models.m\.sql:2: run_query/],
    ['an adapter', { 'models/m.sql': "{{ adapter.dispatch('x') }}" }, /m\.sql:1: adapter/],
    ['a package', { 'packages.yml': 'packages: []', 'models/m.sql': 'SELECT 1' }, /packages\.yml/],
    ['a macro of a package', { 'models/m.sql': '{{ dbt_utils.star() }}' }, /dbt_utils/],
    ['{% do %}', { 'models/m.sql': '{% do x.append(1) %}SELECT 1' }, /: do is not/],
    ['a snapshot', { 'models/m.sql': '{% snapshot s %}SELECT 1{% endsnapshot %}' }, /snapshot/],
    ['a model in Python', { 'models/m.py': 'def model(dbt, session): pass' }, /m\.py: only models in SQL/],
    ['a circle', { 'models/a.sql': "{{ ref('b') }}", 'models/b.sql': "{{ ref('a') }}" }, /circle: a → b → a/],
    [
      'an unknown model',
      { 'models/a.sql': "SELECT * FROM {{ ref('bb') }}", 'models/b.sql': 'SELECT 1' },
      /no model "bb"/,
    ],
    ['an unset variable', { 'models/a.sql': "SELECT {{ var('x') }}" }, /variable "x" is not set/],
    ['an unset environment', { 'models/a.sql': "SELECT '{{ env_var('X') }}'" }, /environment variable "X"/],
    [
      'a materialisation',
      { 'models/a.sql': "{{ config(materialized='external') }} SELECT 1" },
      /"external" is not known/,
    ],
    [
      'a test of a package',
      {
        'models/a.sql': 'SELECT 1 AS n',
        'models/s.yml': 'models: [{ name: a, columns: [{ name: n, tests: [expect_odd] }] }]',
      },
      /expect_odd/,
    ],
    ['two models of one name', { 'models/a.sql': 'SELECT 1', 'models/x/a.sql': 'SELECT 1' }, /two models/],
    ['a broken template', { 'models/a.sql': 'SELECT {{ ' }, /a\.sql/],
    ['a broken query', { 'models/a.sql': 'SELECT FROM WHERE' }, /models.a\.sql: .*[Ss]yntax/],
    ['a broken YAML file', { 'models/a.sql': 'SELECT 1', 'models/s.yml': 'models: [' }, /s\.yml/],
  ])('%s', async (_, files, message) => {
    await expect(build(files as Record<string, string>)).rejects.toMatchObject({ code: 'E_DBT', message });
  });

  it('a folder without a project', () => {
    expect(() => readProject(folder)).toThrow(/no dbt_project\.yml/);
  });

  it('but not the same words in SQL, comments and texts', async () => {
    await build({
      'models/fine.sql': "-- adapter and run_query\n{# do #}SELECT 'graph' AS source, {{ '\"do\"' | length }} AS n",
    });
    expect(await rowsOf('fine')).toEqual([{ source: 'graph', n: 4 }]);
  });
});
