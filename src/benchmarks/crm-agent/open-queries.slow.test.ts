import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueries, type Queries } from './open-queries.ts';
import { writeDatabase } from './write-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-queries-'));
const file = join(folder, 'test.db');
let queries: Queries;
beforeAll(async () => {
  const rows = Array.from({ length: 120 }, (_, i) => ({
    Id: `a${i}`,
    Name: i === 7 ? "O'Hara; drop" : `n${i}`,
    Size: i,
  }));
  await writeDatabase(file, { Case: { Id: 'text', Name: 'text', Size: 'integer' } }, { Case: rows });
  queries = openQueries(file, { timeout: 400 });
});
afterAll(async () => {
  await queries[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe('a query', () => {
  it.each([
    ['SELECT count(*) AS n FROM "Case"', '[{"n":120}]'],
    ['select Id from "Case" where Size < 0', '[]'],
    [`select Size from "Case" where Name = 'O''Hara; drop'`, '[{"Size":7}]'],
    [`select 'pragma; attach' as a -- drop table x`, '[{"a":"pragma; attach"}]'],
    ['select 1 as a;;', '[{"a":1}]'],
    ['with t as (select 1 as a) select * from t', '[{"a":1}]'],
    [`select replace('abc', 'b', 'x') as a`, '[{"a":"axc"}]'],
    ['select null as a, 1.5 as b, 9007199254740993 as c', '[{"a":null,"b":1.5,"c":"9007199254740993"}]'],
  ])('%s gives %s', async (sql, expected) => {
    expect(await queries.run(sql)).toBe(expected);
  });

  it('gives fifty rows at most, and says that there are more', async () => {
    const text = await queries.run('select Id from "Case"');
    expect(JSON.parse(text.split('\n')[0] as string)).toHaveLength(50);
    expect(text).toMatch(/the first 50 rows; there are more/);
  });

  it('with a mistake gets the words of SQLite', async () => {
    expect(await queries.run('select Nme from "Case"')).toMatch(/^ERROR: .*no such column: Nme/);
    expect(await queries.run('select * from Nowhere')).toMatch(/^ERROR: .*no such table/);
  });
});

const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n)';
const hostile: readonly string[] = [
  `insert into "Case" values ('x', 'y', 1)`,
  'update "Case" set Size = 0',
  'delete from "Case"',
  'drop table "Case"',
  'create table t(a)',
  'create temp table t as select 1',
  'create view v as select 1',
  'alter table "Case" rename to x',
  `replace into "Case" values ('x', 'y', 1)`,
  'with t as (select 1) insert into "Case" select 1, 2, 3',
  'with t as (select 1) delete from "Case"',
  'with t as (select 1) update "Case" set Size = 1',
  'select 1; drop table "Case"',
  'select 1; /* x */ delete from "Case"',
  '/* select */ delete from "Case"',
  '-- select\ndelete from "Case"',
  'pragma query_only = off',
  'PRAGMA writable_schema = on',
  'select 1; pragma hard_heap_limit = 0',
  `select * from pragma_table_info('Case')`,
  `attach 'other.db' as o`,
  `select 1; attach ':memory:' as o`,
  'detach main',
  'vacuum',
  `vacuum into 'copy.db'`,
  'reindex',
  'analyze',
  'begin',
  'savepoint a',
  `select load_extension('/lib/x.so')`,
  `select readfile('/etc/passwd')`,
  `select writefile('x', 'y')`,
  'explain delete from "Case"',
  `select '${'x'.repeat(1_000_000)}'`,
  `select ${'('.repeat(5000)}1${')'.repeat(5000)}`,
  'select 1 \0 drop',
  '',
  ';',
  'nonsense',
  'select hex(zeroblob(900000000))',
  `select printf('%.*c', 800000000, 'x')`,
  'select randomblob(900000000)',
  `${endless} select count(*) from n`,
  `${endless} select group_concat(i) from n`,
  `${endless} select max(length(hex(randomblob(1000)))) from n`,
  'select count(*) from "Case" a, "Case" b, "Case" c, "Case" d, "Case" e, "Case" f',
  `select count(*) from "Case" where Name like '${'%a'.repeat(4000)}'`,
];

describe('a hostile query', () => {
  it(`is refused or ended, each of ${hostile.length}, and the next one runs`, async () => {
    expect(hostile.length).toBeGreaterThanOrEqual(40);
    const before = readFileSync(file);
    for (const sql of hostile) {
      const answer = await queries.run(sql);
      expect(`${sql.slice(0, 60)} → ${answer.slice(0, 120)}`).toMatch(/ → ERROR: |like '%a/);
      expect(answer.length).toBeLessThan(1000);
      expect(await queries.run('select count(*) as n from "Case"')).toBe('[{"n":120}]');
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('that never ends says how long it was allowed to run', async () => {
    expect(await queries.run(`${endless} select count(*) from n`)).toBe('ERROR: the query took longer than 0.4 s');
  });

  it('without end but read row by row is cut', async () => {
    expect(await queries.run(`${endless} select i from n`)).toMatch(/the first 50 rows/);
  });

  it('beside a good one costs the good one nothing', async () => {
    const [bad, good] = await Promise.all([
      queries.run(`${endless} select count(*) from n`),
      queries.run('select 1 as a'),
    ]);
    expect([bad.slice(0, 5), good]).toEqual(['ERROR', '[{"a":1}]']);
  });
});
