import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { some } from '../../../test/support/depth.ts';
import { hash, type Session, validate } from '../../core/index.ts';
import { samplesOf } from '../samples-of.ts';
import { type CrmSynthOptions, crmSynth } from './crm-synth.ts';
import { families } from './families/index.ts';
import { buildOrg } from './org/build-org.ts';
import { schema } from './org/schema.ts';
import type { CrmSample } from './sample.ts';
import { textFamilies } from './text/index.ts';

const open = (options: Partial<CrmSynthOptions>) =>
  crmSynth.open(validate(crmSynth.options, { tasks: 3, ...options }, 'crm-synth'));
const drawn = new Map<string, Promise<CrmSample[]>>();
/** Drawn once. */
function samples(options: Partial<CrmSynthOptions>): Promise<CrmSample[]> {
  const key = JSON.stringify(options);
  if (!drawn.has(key)) drawn.set(key, (async () => samplesOf(await open(options)))());
  return drawn.get(key)!;
}

const levels = [
  { level: 1 },
  { level: 2 },
  { level: 3 },
  { level: 4 },
  { level: 3, mode: 'agent' },
  { level: 4, mode: 'agent', turns: 'multi' },
] as const;

describe('the organisation', () => {
  it('has 27 tables, and rows in each', () => {
    const { tables } = buildOrg('S', 0);
    expect(Object.keys(schema)).toHaveLength(27);
    for (const [name, columns] of Object.entries(schema)) {
      const rows = tables[name as keyof typeof schema];
      expect(rows.length, name).toBeGreaterThan(0);
      const wanted = Object.keys(columns).sort().join();
      expect(
        rows.every((row) => Object.keys(row).sort().join() === wanted),
        name,
      ).toBe(true);
    }
  });

  it('has S, M and L in the ratio 1 : 4 : 20, with Ids of their own and references that lead somewhere', () => {
    const org = buildOrg('S', 3);
    const { tables } = org;
    expect([tables.User, tables.Account, tables.Case, tables.Opportunity].map(({ length }) => length)).toEqual([
      12, 60, 300, 120,
    ]);
    expect(buildOrg('M', 3).tables.Case).toHaveLength(1200);
    const ids = Object.values(tables).flatMap((rows) => rows.map(({ Id }) => Id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[0-9A-Za-z]{18}$/.test(id))).toBe(true);
    const isReference = (name: string) =>
      /Id(__c)?$|^(WhatId|ContractID__c|ParentId)$/.test(name) && !/^(Id|CatalogId|LiveChatVisitorId)$/.test(name);
    const values = Object.values(tables).flatMap((rows) => rows.flatMap((row) => Object.entries(row)));
    const references = values.filter(([name, value]) => isReference(name) && value !== null);
    expect(references.length).toBeGreaterThan(5000);
    expect(references.filter(([, value]) => !org.byId.has(String(value)))).toEqual([]);
  });

  it('is the same on every machine: recorded hashes of all rows', () => {
    expect(hash(buildOrg('S', 0).tables)).toMatchInlineSnapshot(`"4081b83844af9b1d4e68fe4597ed0c33"`);
    expect(hash(buildOrg('S', 1).tables)).toMatchInlineSnapshot(`"fd087c96ffed7d6313428604a10d846b"`);
  });
});

describe.each(some(levels, 3))('level $level, mode $mode', (options) => {
  it('has three tasks of every family, each with a reference that is right and a prompt', async () => {
    const all = await samples(options);
    const names = (options.level < 3 ? textFamilies : families).map(({ name }) => name);
    expect(all.map(({ family }) => family)).toEqual([...names, ...names, ...names]);
    const opened = await open(options);
    for (const sample of all) {
      expect((await opened.score(sample, { text: sample.reference }, {})).reward, sample.id).toBe(1);
      expect((await opened.score(sample, { text: `<respond> ${sample.reference} </respond>` }, {})).reward).toBe(1);
      for (const text of ['', 'I do not know.', sample.prompt.slice(0, 4000)])
        expect((await opened.score(sample, { text }, {})).reward, `${sample.id} ${text.slice(0, 20)}`).toBeLessThan(
          0.9,
        );
    }
  });

  it('draws the same tasks again, and others with another seed', async () => {
    expect(hash(await samplesOf(await open(options)))).toBe(hash(await samples(options)));
    expect(hash(await samples({ ...options, seed: 1 }))).not.toBe(hash(await samples(options)));
  });
});

it('recorded hashes: what is asked may only change with the version', async () => {
  const hashes = await Promise.all(levels.map(async (options) => hash(await samples(options))));
  expect([crmSynth.version, ...hashes]).toMatchInlineSnapshot(`
    [
      "2",
      "7c176f903d5c1e77e9c7feb9054c7f76",
      "2c6bf1d42927f8c51c10d5fb27a734bd",
      "e20784ea22327f9e9d7f3a1eee2a56f8",
      "d83e241bb3b617a2971f74b498e7d04f",
      "82416cdf1628904aa3b26c718fbaa046",
      "7de849e878b4562ffe3f7867304b24f4",
    ]
  `);
});

describe('worked examples', () => {
  it('are the same for every task and seed of a level', async () => {
    for (const level of [1, 2] as const) {
      const all = [...(await samples({ level })), ...(await samples({ level, seed: 5 }))];
      for (const { name } of textFamilies) {
        const shots = all.filter(({ family }) => family === name).map(({ messages }) => hash(messages.slice(0, -1)));
        expect(new Set(shots).size, name).toBe(1);
      }
    }
  });
});

describe('names', () => {
  it('tell levels and modes apart', async () => {
    const labels = await Promise.all(levels.map(async (options) => (await open(options)).label));
    expect(labels).toEqual([
      undefined,
      'crm-synth[level=2]',
      'crm-synth[level=3]',
      'crm-synth[level=4,budget=2048]',
      'crm-synth[level=3,agent]',
      'crm-synth[level=4,agent,multi]',
    ]);
  });

  it('of our own text families begin with text_, and none is among the 22', () => {
    const names = new Set(families.map(({ name }) => name));
    expect(names.size).toBe(22);
    for (const { name } of textFamilies) if (name.startsWith('text_')) expect(names.has(name)).toBe(false);
    expect(textFamilies.filter(({ name }) => name.startsWith('text_'))).toHaveLength(4);
  });

  it.each([
    [{ level: 1, mode: 'agent' }, /level 1 of crm-synth has no mode agent/],
    [{ level: 3, families: ['text_case_json'] }, /level 3 of crm-synth has no family "text_case_json"/],
    [{ level: 1, families: ['handle_time'] }, /level 1 of crm-synth has no family "handle_time"/],
  ] as const)('%j is refused', async (options, message) => {
    await expect((async () => open(options as never))()).rejects.toMatchObject({
      code: 'E_BENCHMARK',
      message: expect.stringMatching(message),
    });
  });
});

describe('the budget of level 4', () => {
  it('gives more rows to read, and hardly more than it says', async () => {
    const lengths = await Promise.all(
      ([512, 1024, 2048, 4096] as const).map(async (budget) => {
        const all = await samples({ level: 4, budget, families: ['handle_time', 'monthly_trend_analysis'] });
        return Math.max(...all.map(({ prompt }) => prompt.length));
      }),
    );
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(lengths[3]).toBeGreaterThan(2 * (lengths[0] as number));
  });
});

describe('a user who tells things one by one', () => {
  it('begins with the question alone', async () => {
    const [multi] = await samples({ level: 3, mode: 'agent', turns: 'multi' });
    const [single] = await samples({ level: 3, mode: 'agent' });
    expect(single!.prompt).toBe([multi!.prompt, ...(multi!.agent?.details ?? [])].join(' '));
    expect(multi!.agent!.details.length).toBeGreaterThan(1);
  });
});

it('the database is gone when the benchmark is closed', async () => {
  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ttcbench-crm-'));
  const before = new Set(folders());
  const opened = await open({ level: 3, mode: 'agent', families: ['handle_time'] });
  const [sample] = await samplesOf(opened);
  const seen: string[] = [];
  const said = ['<execute>SELECT count(*) AS n FROM "Case"</execute>', '<respond>None</respond>'];
  const session: Session = {
    signal: new AbortController().signal,
    capabilities: new Set(),
    act: async (_, __, run) => run(new AbortController().signal),
    async ask(messages) {
      seen.push(messages.at(-1)!.content);
      return { text: said[seen.length - 1] as string, reasoning: '', toolCalls: [], reason: 'stop' };
    },
  };
  expect((await opened.play(sample as CrmSample, session)).text).toBe('None');
  expect(seen[1]).toBe('Result: [{"n":300}]');
  const own = folders().filter((name) => !before.has(name));
  expect(own.length).toBeGreaterThan(0);
  await opened[Symbol.asyncDispose]();
  // Other tests may have theirs.
  expect(own.some((name) => !existsSync(join(tmpdir(), name)))).toBe(true);
});
