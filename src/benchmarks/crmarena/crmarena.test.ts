import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { hash, type Session, validate } from '../../core/index.ts';
import { writeDatabase } from '../crm-agent/write-database.ts';
import { tasksFor } from '../crm-synth/crm-samples.ts';
import { families } from '../crm-synth/families/index.ts';
import { buildOrg } from '../crm-synth/org/build-org.ts';
import { schema } from '../crm-synth/org/schema.ts';
import { questionOf } from '../crm-synth/prompt-text.ts';
import { samplesOf } from '../samples-of.ts';
import { type CrmarenaOptions, type CrmarenaSample, crmarena, toldInTurns } from './crmarena.ts';
import { partsOf, promptFamily } from './prompt-family.ts';
import { collectRows } from './read-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-arena-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fixture = fileURLToPath(new URL('rows.fixture.json', import.meta.url));
const open = async (options: Partial<CrmarenaOptions>) =>
  crmarena.open(validate(crmarena.options, options, 'crmarena', 'E_BENCHMARK'));

/** A model that says these texts, one a call; `heard` gets what it was sent. */
function scripted(says: readonly string[], heard: string[][] = []): Session {
  let turn = 0;
  return {
    signal: new AbortController().signal,
    capabilities: new Set(),
    act: async (_, __, run) => run(new AbortController().signal),
    ask: async (messages) => {
      heard.push(messages.map(({ content }) => content));
      return { text: says[turn++] ?? '', reasoning: '', toolCalls: [], reason: 'stop' };
    },
  };
}

const metricOf = { refusal: 'privacy_rejection', text: 'fuzzy_match' } as Record<string, string>;
/** One task of each family over an organisation of ours, in the shape of the official rows. */
async function ownArena(): Promise<string> {
  const own = mkdtempSync(join(folder, 'own-'));
  const org = buildOrg('S', 5);
  const setting = { level: 4, mode: 'agent', turns: 'single', seed: 5, budget: 2048 } as const;
  const rows = families.flatMap((family, idx) => {
    for (const task of tasksFor(family, org, setting)) {
      // The official privacy rows all want a refusal.
      if (family.answer === 'refusal' && (task.params as { answer: string | null }).answer !== null) continue;
      const answer = task.gold.answers[0] === 'None' || family.answer === 'refusal' ? [null] : task.gold.answers;
      const metadata = { required: family.rules, optional: 'Weeks begin on Monday.' };
      const reward_metric = metricOf[family.answer] ?? 'exact_match';
      return [{ idx, task: family.name, query: questionOf(task), answer, metadata, persona: 'Calm.', reward_metric }];
    }
    return [];
  });
  writeFileSync(join(own, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  writeFileSync(
    join(own, 'schema.json'),
    JSON.stringify([{ object: 'User', fields: { Id: 'who it is', Alias: null } }]),
  );
  await writeDatabase(join(own, 'crm.db'), schema, org.tables);
  return own;
}

describe('an organisation in the official shape', () => {
  it('is queried by an agent; right answers of all 22 families get the reward, idle ones of 19 do not', async () => {
    const path = await ownArena();
    const before = hash(readFileSync(join(path, 'crm.db'), 'base64'));
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith('ttcbench-crmarena-'));
    {
      await using arena = await open({ data: path });
      expect(arena.label).toBe('crmarena[agent,rules]');
      const samples = await samplesOf(arena);
      expect(samples).toHaveLength(22);
      for (const sample of samples) {
        const heard: string[][] = [];
        const says = [
          '<execute>SELECT count(*) AS n FROM "Case"</execute>',
          `<thought>so</thought><respond>${sample.reference}</respond>`,
        ];
        const answer = await arena.play(sample, scripted(says, heard));
        expect(heard[0]?.[0]).toContain('  - Id: who it is');
        expect(heard[0]?.[0]).toContain('Weeks begin on Monday.');
        expect(heard[1]?.at(-1)).toBe('Result: [{"n":300}]');
        expect(answer.trajectory).toHaveLength(2);
        expect((await arena.score(sample, answer, {})).reward, sample.family).toBe(1);
        const idle = await arena.score(sample, { text: 'I could not find out, sorry.' }, {});
        expect(idle.reward, sample.family).toBe(sample.gold[0] === 'None' && sample.metric === 'exact_match' ? 1 : 0);
      }
      const other = await open({ data: path, mode: 'prompt' });
      expect(other.label).toBe('crmarena[no-records,rules]');
      expect(await samplesOf(other)).not.toEqual(samples);
    }
    expect(hash(readFileSync(join(path, 'crm.db'), 'base64'))).toBe(before);
    expect(readdirSync(path).sort()).toEqual(['crm.db', 'rows.jsonl', 'schema.json']);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('ttcbench-crmarena-'))).toEqual(left);
  });

  it('tells an agent more after each answer, and scores the last one', async () => {
    const path = await ownArena();
    await using arena = await open({ data: path, turns: 'multi' });
    expect(arena.label).toBe('crmarena[agent,multi,rules]');
    const samples = await samplesOf(arena);
    const told = samples.map((sample) => ({ sample, ...toldInTurns(sample.prompt) }));
    const { sample, opening, details } = told.find(({ details }) => details.length > 0) as (typeof told)[number];
    expect([opening, ...details].join(' ').length).toBe(sample.prompt.length);
    const heard: string[][] = [];
    const says = [...details.map(() => '<respond>Not yet.</respond>'), `<respond>${sample.reference}</respond>`];
    const answer = await arena.play(sample, scripted(says, heard));
    expect(heard[0]?.[1]).toBe(opening);
    expect(heard.at(-1)?.filter((text) => details.includes(text))).toEqual(details);
    expect(answer.trajectory).toHaveLength(details.length + 1);
    expect((await arena.score(sample, answer, {})).reward).toBe(1);
  });

  it.each([
    ['Two rules hold. Who is it? Answer with the Id.', 'Who is it?', ['Two rules hold.', 'Answer with the Id.']],
    ['Name the agent. Name the best.', 'Name the best.', ['Name the agent.']],
    ['Who?', 'Who?', []],
    ['Find the Id', 'Find the Id', []],
  ])('%s: what asks comes first', (query, opening, details) => {
    expect(toldInTurns(query)).toEqual({ opening, details });
  });

  it('leaves the optional context out where it is not to aid', async () => {
    await using arena = await open({ data: fixture, aided: false });
    const all = (await samplesOf(arena)).map((sample) => (sample as CrmarenaSample).messages[0]?.content).join();
    expect(all).toContain('Today: 2031-07-01');
    expect(all).not.toContain('A month ends');
  });

  it.each([
    ['no database', 'this is text', /no SQLite database/],
    ['an empty file', '', /no SQLite database/],
  ])('is refused where it is %s', async (_, content, message) => {
    const file = join(folder, 'broken.db');
    writeFileSync(file, content);
    await expect(open({ data: fixture, org: file })).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringMatching(message),
    });
  });

  it('has to be there for an agent', async () => {
    await expect(open({ data: fixture, mode: 'agent' })).rejects.toMatchObject({ code: 'E_BENCHMARK' });
    await expect(open({ data: fixture, org: join(folder, 'absent.db') })).rejects.toMatchObject({ code: 'E_DATA' });
    await expect(open({ data: fixture, turns: 'multi' })).rejects.toMatchObject({ code: 'E_BENCHMARK' });
    await expect(open({})).rejects.toMatchObject({ help: expect.stringContaining('--data crmarena=PATH') });
  });
});

describe('rows', () => {
  const row = { idx: 1, task: 'handle_time', query: 'Who?', answer: ['005'], reward_metric: 'exact_match' };
  it('keep to one shape each; a scalar answer and a null count', () => {
    const { rows, problems } = collectRows(readFileSync(fixture, 'utf8'));
    expect(problems).toEqual([]);
    expect(rows.map(({ id, family, metric, gold }) => [id, family, metric, gold.join('+')])).toEqual([
      ['1', 'handle_time', 'exact_match', '005Zz00000AbCd1QAB'],
      ['2', 'lead_qualification', 'exact_match', 'Budget+Need'],
      ['3', 'policy_violation_identification', 'exact_match', 'None'],
      ['4', 'knowledge_qa', 'fuzzy_match', 'Three years from the day of purchase'],
      ['5', 'private_customer_information', 'privacy_rejection', 'None'],
      ['flat-1', 'monthly_trend_analysis', 'exact_match', 'May'],
      ['flat-2', 'confidential_company_knowledge', 'privacy_rejection', 'None'],
    ]);
  });

  it('are told by line what is wrong with them, all at once', () => {
    const lines = [
      JSON.stringify(row),
      '{"idx": 2,',
      JSON.stringify({ ...row, idx: 3, reward_metric: 'rouge' }),
      JSON.stringify({ ...row, idx: 1 }),
      '',
      JSON.stringify({ ...row, idx: 6, answer: [] }),
      JSON.stringify({ id: 'x', prompt: '### Question\n', ground_truth: 'None' }),
      '[1]',
    ];
    expect(collectRows(lines.join('\n')).problems.map((problem) => problem.split(':')[0])).toEqual([
      'line 2',
      'line 3',
      'line 4',
      'line 6',
      'line 7',
      'line 8',
    ]);
    expect(collectRows('').problems).toEqual(['it holds no rows']);
    expect(collectRows('[{]').problems).toHaveLength(1);
    expect(collectRows('[7, null]').problems).toHaveLength(2);
  });

  it('that are damaged stop the run before it starts, with the place', async () => {
    const file = join(folder, 'bad.jsonl');
    writeFileSync(file, `${JSON.stringify(row)}\n{"idx": 2}\n`);
    await expect(open({ data: file })).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringContaining('line 2: '),
    });
    const two = mkdtempSync(join(folder, 'two-'));
    for (const name of ['a.json', 'b.json']) copyFileSync(fixture, join(two, name));
    await expect(open({ data: two })).rejects.toMatchObject({ message: expect.stringContaining('a.json and b.json') });
  });
});

/** The official rows in order, 100 a family and 80 of each that is about privacy. */
const blocks =
  'lead_qualification monthly_trend_analysis activity_priority top_issue_identification sales_insight_mining confidential_company_knowledge invalid_config knowledge_qa sales_amount_understanding handle_time conversion_rate_comprehension best_region_identification transfer_count wrong_stage_rectification policy_violation_identification case_routing private_customer_information lead_routing quote_approval internal_operation_data named_entity_disambiguation sales_cycle_understanding'
    .split(' ')
    .flatMap((family) =>
      Array.from({ length: /^private|^internal|^confidential/.test(family) ? 80 : 100 }, () => family),
    );
const official = process.env.TTCBENCH_CRMARENA;

describe('the official rows', () => {
  const skipped = official === undefined || !existsSync(official);
  it.skipIf(skipped)(
    'are 2,140 of 22 families, the oracle gets 1 everywhere and silence 0 (skipped unless TTCBENCH_CRMARENA names the file of rows)',
    async () => {
      await using arena = await open({ data: official as string });
      const samples = await samplesOf(arena);
      expect(samples).toHaveLength(2140);
      const { rows } = collectRows(readFileSync(official as string, 'utf8'));
      expect(rows.filter(({ family }, i) => family !== blocks[i]).map(({ id }) => id)).toEqual([]);
      for (const sample of samples) {
        expect((await arena.score(sample, { text: sample.reference }, {})).reward, sample.id).toBe(1);
        expect((await arena.score(sample, { text: '' }, {})).reward, sample.id).toBe(0);
      }
      const none = await Promise.all(samples.map((sample) => arena.score(sample, { text: 'None' }, {})));
      // Where no record fits, None is right; a question about privacy wants a refusal.
      const isNone = rows.filter(({ metric, gold }) => metric === 'exact_match' && gold[0] === 'None').length;
      expect(none.filter(({ reward }) => reward === 1)).toHaveLength(isNone);
    },
  );

  it('of one text are told apart by a few words', () => {
    const family = (required: string, question: string) =>
      promptFamily(partsOf(`### Required context\n${required}\n\n### Question\n${question}`));
    expect(family('The guide to Case Routing is …', 'Who?')).toBe('case_routing');
    expect(family('Handle time: … no transfer …', 'Who?')).toBe('handle_time');
    expect(family('- Today', 'The two-letter state?')).toBe('best_region_identification');
    expect(family('', 'Which agents are slow?')).toBe('internal_operation_data');
    expect(family('Nothing known', 'Who?')).toBeUndefined();
    expect(promptFamily(partsOf('no headings'))).toBeUndefined();
  });
});
