/** Exports: what a spreadsheet, a script or another tool reads is what the rows hold. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvOf, type ExportTable, type ExportValue, openDatabase, readTable, xlsxOf } from '../src/tables/index.ts';
import { type ExportOptions, exportTables } from '../src/ttcbench/index.ts';
import { awkwardSamples, awkwardTexts, awkwardTrials } from './support/awkward-trials.ts';
import { pythonWith, runPython } from './support/python.ts';
import { runFolderOf } from './support/run-folder-of.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-export-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folder = join(scratch, 'run');
beforeAll(() => runFolderOf(folder, { trials: awkwardTrials(), samples: awkwardSamples() }));

const exported = async (format: ExportOptions['format'], options: Partial<ExportOptions> = {}) => {
  const out = join(scratch, `${options.raw ? 'raw' : 'out'}.${format}`);
  return exportTables([folder], { format, out, ...options });
};

async function all<T>(given: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of given) found.push(one);
  return found;
}

type Cell = ExportValue;
interface Read {
  header: string[];
  rows: Cell[][];
}

/** What DuckDB itself holds: the source that exports are compared with. */
async function source(): Promise<{ names: string[]; kinds: string[]; rows: Map<string, Map<string, Cell>> }> {
  const { openTables } = await import('../src/ttcbench/index.ts');
  using tables = await openTables([folder]);
  const { columns, batches } = await readTable(tables.connection, 'trials');
  const names = columns.map(({ name }) => name);
  const rows = new Map<string, Map<string, Cell>>();
  for await (const batch of batches())
    for (const row of batch) {
      const cells = new Map(names.map((name, at) => [name, row[at] as Cell]));
      rows.set(String(cells.get('trial_key')), cells);
    }
  return { names, kinds: columns.map(({ kind }) => kind), rows };
}

const cellsOf = ({ header, rows }: Read) =>
  new Map(
    rows.map((row) => {
      const cells = new Map(header.map((name, at) => [name, row[at] as Cell]));
      return [String(cells.get('trial_key')), cells];
    }),
  );

const python = pythonWith({ packages: ['pyarrow', 'openpyxl'] });
const unless = python.missing ? ` (skipped: ${python.missing})` : '';

const readCsv = (path: string): Read =>
  runPython(
    python.path as string,
    `
import csv, json, sys
with open(json.load(sys.stdin), newline='', encoding='utf-8-sig') as file:
    header, *rows = list(csv.reader(file))
print(json.dumps({'header': header, 'rows': rows}))`,
    path,
  ) as Read;

/** What a text must not begin with, or a spreadsheet runs it. */
const runs = /^[\s\p{Cc}]*[=+\-@|%＝＋－＠]|^[\t\r\n]/u;

describe('CSV', () => {
  it.skipIf(python.missing !== undefined)(
    `gives Python every value with --raw${unless}`,
    async () => {
      const { out } = await exported('csv', { raw: true });
      const expected = await source();
      const read = cellsOf(readCsv(out));
      expect([...read.keys()].sort()).toEqual([...expected.rows.keys()].sort());
      for (const [key, cells] of expected.rows)
        for (const [at, name] of expected.names.entries()) {
          const [found, value] = [read.get(key)?.get(name), cells.get(name) ?? null];
          if (expected.kinds[at] === 'number' && value !== null)
            expect(Number(found), `${key} ${name}`).toBe(Number(value));
          else expect(found, `${key} ${name}`).toBe(value === null ? '' : String(value));
        }
    },
    400_000,
  );

  it.skipIf(python.missing !== undefined)(
    `has an apostrophe before text that would run, and before nothing else${unless}`,
    async () => {
      const { out } = await exported('csv');
      const expected = await source();
      const read = cellsOf(readCsv(out));
      let guarded = 0;
      for (const [key, cells] of expected.rows)
        for (const [at, name] of expected.names.entries()) {
          const [found, value] = [String(read.get(key)?.get(name)), cells.get(name) ?? null];
          if (expected.kinds[at] === 'number')
            expect(found === '' ? null : Number(found)).toBe(value === null ? null : Number(value));
          else {
            const text = value === null ? '' : String(value);
            const isGuarded = runs.test(text);
            if (isGuarded) guarded++;
            expect(found, `${key} ${name}`).toBe(isGuarded ? `'${text}` : text);
            expect(found).not.toMatch(runs);
          }
        }
      expect(guarded).toBeGreaterThanOrEqual(awkwardTexts.filter((text) => runs.test(text)).length * 2);
    },
    400_000,
  );

  it('has numbers as they are, nothing for NaN and infinities, and an empty text that is no missing one', async () => {
    const rows: ExportValue[][] = [
      ['a', -1.5, true],
      ['', null, null],
      [null, 1e-320, false],
    ];
    const table: ExportTable = {
      columns: [
        { name: 't', kind: 'text' },
        { name: 'n', kind: 'number' },
        { name: 'f', kind: 'flag' },
      ],
      batches: async function* () {
        yield rows;
      },
    };
    const text = (await all(csvOf(table))).join('');
    expect(text).toBe('\ufefft,n,f\r\na,-1.5,true\r\n"",,\r\n,1e-320,false\r\n');
  });

  it('reads NaN and infinities of any table as nothing, and loses no digit of a large integer', async () => {
    using database = await openDatabase();
    await database.connection.run(
      `CREATE VIEW odd AS SELECT 'NaN'::DOUBLE AS a, '-Infinity'::DOUBLE AS b, 9223372036854775807 AS c, 12345678901234567890.5::DECIMAL(30, 2) AS d, TIMESTAMPTZ '2026-01-01 02:00:00.5+02' AS e, [1, 2] AS f, 7::UTINYINT AS g, MAP {'x': 1} AS h`,
    );
    const { columns, batches } = await readTable(database.connection, 'odd');
    expect((await all(batches())).flat()).toEqual([
      [null, null, '9223372036854775807', '12345678901234567890.50', '2026-01-01T00:00:00.500Z', '[1,2]', 7, '{"x":1}'],
    ]);
    expect(columns.map(({ kind }) => kind)).toEqual([
      ...['number', 'number', 'number', 'number', 'time', 'json', 'number', 'json'],
    ]);
  });
});

const readXlsx = (path: string): Read & { formulas: number; sheets: number } =>
  runPython(
    python.path as string,
    `
import datetime, json, sys, openpyxl
book = openpyxl.load_workbook(json.load(sys.stdin))
sheet = book.worksheets[0]
def plain(value):
    if isinstance(value, datetime.datetime): return value.isoformat(timespec='milliseconds') + 'Z'
    return value
header, *rows = [[plain(cell.value) for cell in row] for row in sheet.iter_rows()]
formulas = sum(cell.data_type == 'f' for row in sheet.iter_rows() for cell in row)
print(json.dumps({'header': header, 'rows': rows, 'formulas': formulas, 'sheets': len(book.worksheets)}))`,
    path,
  ) as Read & { formulas: number; sheets: number };

describe('Excel', () => {
  it.skipIf(python.missing !== undefined)(
    `holds every value, and =1+1 as text (openpyxl)${unless}`,
    async () => {
      const { out, notes, rows } = await exported('xlsx');
      expect([notes, rows]).toEqual([[], awkwardTrials().length]);
      const expected = await source();
      const read = readXlsx(out);
      expect([read.formulas, read.sheets]).toEqual([0, 1]);
      expect(read.header).toEqual(expected.names);
      const cells = cellsOf(read);
      for (const [key, values] of expected.rows)
        for (const name of expected.names) {
          const value = values.get(name) ?? null;
          const wanted = typeof value === 'string' ? excelText(value) : value;
          expect(cells.get(key)?.get(name) ?? null, `${key} ${name}`).toBe(wanted);
        }
    },
    400_000,
  );

  it('says which texts it cut', async () => {
    const outcome = { rows: 0, cut: 0 };
    const table: ExportTable = {
      columns: [{ name: 't', kind: 'text' }],
      batches: async function* () {
        yield [['x'.repeat(32_767)], ['x'.repeat(32_768)]];
      },
    };
    await all(await xlsxOf(table, 'trials', outcome));
    expect(outcome).toEqual({ rows: 2, cut: 1 });
  });
});

/** XML knows no NUL, and cells break lines by line feeds. */
const excelText = (text: string) => text.replaceAll('\u0000', '').replaceAll('\r\n', '\n');

describe('JSON and Parquet', () => {
  it('hold every value', async () => {
    const expected = await source();
    const { out } = await exported('json');
    const read = JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown>[];
    expect(read).toHaveLength(expected.rows.size);
    for (const row of read) {
      const cells = expected.rows.get(String(row.trial_key));
      for (const [at, name] of expected.names.entries()) {
        const value = cells?.get(name) ?? null;
        expect(row[name] ?? null).toEqual(
          expected.kinds[at] === 'json' && value !== null ? JSON.parse(String(value)) : value,
        );
      }
    }
    const bytes = readFileSync((await exported('parquet')).out);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file, columns: ['trial_key', 'error_message'] });
    expect(new Map(rows.map((row) => [row.trial_key, row.error_message ?? null]))).toEqual(
      new Map([...expected.rows].map(([key, cells]) => [key, cells.get('error_message') ?? null])),
    );
  });
});

describe('Every Eval Ever', () => {
  const validator = pythonWith({
    alone: ['every-eval-ever==0.3.0'],
    packages: ['pydantic', 'rich<15', 'requests', 'jsonschema', 'pyyaml'],
    atLeast: [3, 12],
  });
  it.skipIf(validator.missing !== undefined)(
    `passes its own validator${validator.missing ? ` (skipped: ${validator.missing})` : ''}`,
    async () => {
      const { out, rows } = await exported('eee');
      const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
      const policies = new Set(awkwardTrials().map(({ cell }) => cell.policy_name));
      expect([rows, files.length]).toEqual([policies.size, policies.size]);
      const validate = (paths: readonly string[]) =>
        runPython(
          validator.path as string,
          `
import json, sys
from pathlib import Path
from every_eval_ever.validator.validation_core import validate_aggregate
root, paths = json.load(sys.stdin)
reports = [validate_aggregate(Path(root) / path, repo_path=path, run_semantic_checks=True) for path in paths]
print(json.dumps([[report.valid, report.errors, [warning['loc'] for warning in report.warnings]] for report in reports]))`,
          [out, paths],
        ) as [boolean, unknown[], string[]][];
      for (const [isValid, errors, warnings] of validate(files)) {
        expect([isValid, errors]).toEqual([true, []]);
        // Who developed a model is not on record, and nobody makes it up.
        expect(warnings).toEqual(['model_info']);
      }
      const [first = ''] = files;
      const record = JSON.parse(readFileSync(join(out, first), 'utf8'));
      const broken = first.replace(/.{12}\.json$/, '000000000000.json');
      writeFileSync(join(out, broken), JSON.stringify({ ...record, evaluation_results: [{ evaluation_name: 'x' }] }));
      expect(validate([broken])[0]?.[0]).toBe(false);
    },
    400_000,
  );
});

describe('an export', () => {
  it('refuses what there is not, naming what there is', async () => {
    await expect(exported('csw' as 'csv')).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: expect.stringMatching(/csv\?/),
    });
    await expect(exported('csv', { of: 'trails' })).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: expect.stringMatching(/trials\?/),
    });
  });

  it('leaves what was there where it cannot be written', async () => {
    const out = join(scratch, 'taken');
    writeFileSync(out, 'precious');
    await expect(exportTables([folder], { format: 'csv', out: join(out, 'x.csv') })).rejects.toMatchObject({
      code: 'E_DATA',
    });
    expect(readFileSync(out, 'utf8')).toBe('precious');
    expect(readdirSync(scratch).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });
});
