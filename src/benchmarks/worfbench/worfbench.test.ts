import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Judges, type Message, validate } from '../../core/index.ts';
import { parsePlan, readGoldPlan } from '../../scorers/index.ts';
import { samplesOf } from '../samples-of.ts';
import { shotsOf } from './shots.ts';
import { type WorfSample, worfbench } from './worfbench.ts';

const rowsFile = fileURLToPath(new URL('rows.fixture.json', import.meta.url));
const openWith = (given: Record<string, unknown>) => worfbench.open(validate(worfbench.options, given, 'worfbench'));
async function drawn(given: Record<string, unknown>): Promise<WorfSample[]> {
  await using open = await openWith(given);
  return samplesOf(open);
}
const sent = async (given: Record<string, unknown>, id: string): Promise<readonly Message[]> =>
  (await drawn({ data: rowsFile, ...given })).find((sample) => sample.id === id)!.messages;

describe('the prompt', () => {
  it('is the official system and user message alone with shots: 0', async () => {
    const rows = JSON.parse(await readFile(rowsFile, 'utf8'));
    const row = rows.find((candidate: { id: string }) => candidate.id === 'lumos_own_1');
    expect(await sent({ shots: 0 }, 'lumos_own_1')).toEqual(row.conversations.slice(0, 2));
  });

  it('has two worked examples of the family and the announcement by default', async () => {
    const messages = await sent({}, 'lumos_own_1');
    expect(messages.map((message) => message.role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
    expect(messages.at(-1)?.content).toMatch(/^Now it's your turn\.\nTask: /);
  });

  it('stays zero-shot for a held-out family, whose announcement is not doubled', async () => {
    const messages = await sent({}, 'seal_own_1');
    expect(messages.map((message) => message.role)).toEqual(['system', 'user']);
    expect(messages.at(-1)?.content.match(/your turn/g)).toHaveLength(1);
  });

  it.each(['alfworld', 'lumos', 'os', 'toolalpaca', 'toolbench', 'webshop', 'wikihow'])(
    'shows two well-formed plans for %s',
    (family) => {
      const answers = shotsOf(family).filter((message) => message.role === 'assistant');
      expect(answers).toHaveLength(2);
      for (const { content } of answers) {
        const { nodes, edges } = readGoldPlan(content);
        const reached = new Set(edges.flat());
        expect(reached.size, 'every node has an edge').toBe(nodes.length);
      }
    },
  );
});

describe('the draw', () => {
  it('is a seeded shuffle of all rows', async () => {
    const ids = async (shuffle: number) => (await drawn({ data: rowsFile, shuffle })).map((sample) => sample.id);
    expect(await ids(1)).toEqual(await ids(1));
    expect(await ids(1)).not.toEqual(await ids(2));
    expect((await ids(1)).sort()).toEqual((await ids(2)).sort());
  });

  it('can be held to families', async () => {
    const samples = await drawn({ data: rowsFile, families: ['os'] });
    expect(samples.map((sample) => sample.family)).toEqual(['os', 'os']);
    await expect(openWith({ data: rowsFile, families: ['alfworld'] })).rejects.toMatchObject({
      code: 'E_BENCHMARK',
      help: expect.stringContaining('lumos'),
    });
  });
});

describe('scores', () => {
  it('judge the example at the top of the file as it says', async () => {
    await using open = await openWith({ data: rowsFile });
    const gold = readGoldPlan('Node:\n1: find the file\n2: count its lines\nEdge: (START,1) (1,2) (2,END)');
    const [sample] = await samplesOf(open);
    const text = 'Node:\n1: find the file\nEdges:\n(START,1)\n(1,END)';
    const scores = await open.score({ ...sample!, gold }, { text }, {});
    expect(scores.f1_chain).toBeCloseTo(2 / 3, 12);
    expect(scores.f1_graph).toBeCloseTo(4 / 7, 12);
    expect(scores.parse_error).toBe(0);
  });

  it('call an answer without a plan a parse error, worth nothing', async () => {
    await using open = await openWith({ data: rowsFile });
    const [sample] = await samplesOf(open);
    expect(parsePlan('I cannot plan.')).toBeNull();
    expect(await open.score(sample!, { text: 'I cannot plan.' }, {})).toEqual({
      ...{ f1_chain: 0, f1_graph: 0, f1_graph_mapped: 0, f1_nodes: 0, parse_error: 1 },
    });
  });
});

describe('data that cannot be used', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'worfbench-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const damagedBy = async (change: (rows: Record<string, unknown>[]) => unknown) => {
    const rows = JSON.parse(await readFile(rowsFile, 'utf8'));
    const file = join(folder, 'os.json');
    await writeFile(file, JSON.stringify(change(rows) ?? rows));
    return openWith({ data: file });
  };
  const withAnswer = (row: Record<string, unknown> | undefined, content: string) => {
    (row!.conversations as { content: string }[])[2]!.content = content;
  };

  it('without a path says what is missing and how to give it, and plays nothing else instead', async () => {
    await expect(openWith({})).rejects.toMatchObject({
      ...{ code: 'E_BENCHMARK', message: expect.stringContaining('official rows') },
      help: expect.stringContaining('--data worfbench=PATH'),
    });
  });

  it.each<[string, (rows: Record<string, unknown>[]) => unknown, RegExp]>([
    ['a row without an id', (rows) => void delete rows[2]!.id, /os\.json, row 3: id: /],
    ['a row that is no object', (rows) => rows.splice(1, 1, 7 as never) && undefined, /os\.json, row 2: /],
    ['a row without its gold', (rows) => void (rows[4]!.conversations as []).pop(), /os\.json, row 5: conversations/],
    ['a gold without a plan', (rows) => withAnswer(rows[0], 'no plan'), /os\.json, row 1: .*no nodes or no edges/],
    ['a gold with a cycle', (rows) => withAnswer(rows[0], 'Node:\n1: a\n2: b\nEdge: (1,2) (2,1)'), /row 1: .*cycle/],
    ['an edge to nowhere', (rows) => withAnswer(rows[3], 'Node:\n1: a\nEdge: (START,9)'), /row 4: .*node 9/],
    ['an id twice', (rows) => [...rows, rows[0]], /the id os_own_1 occurs twice/],
    ['no list', () => ({ rows: [] }), /os\.json: not a list of rows/],
  ])('names file and row: %s', async (_, change, message) => {
    await expect(damagedBy(change)).rejects.toMatchObject({ code: 'E_DATA', message: expect.stringMatching(message) });
  });

  it('names a file that is cut off, an empty folder and a path that does not exist', async () => {
    const file = join(folder, 'cut.json');
    await writeFile(file, (await readFile(rowsFile, 'utf8')).slice(0, 500));
    const empty = await mkdtemp(join(folder, 'empty-'));
    for (const [data, message] of [
      [file, /cut\.json: not JSON/],
      [empty, /holds no \.json file/],
      [`${file}x`, /it does not exist/],
    ])
      await expect(openWith({ data })).rejects.toMatchObject({
        code: 'E_DATA',
        message: expect.stringMatching(message!),
      });
  });

  it('reads all files of a folder', async () => {
    const both = await mkdtemp(join(folder, 'both-'));
    await cp(rowsFile, join(both, 'a.json'));
    await writeFile(join(both, 'b.json'), '[]');
    await writeFile(join(both, 'LICENSE'), 'text');
    expect(await drawn({ data: both })).toHaveLength(5);
  });
});

describe('node texts compared by an encoder', () => {
  const gold = 'Node:\n1: boil the water\n2: pour it\nEdges: (START,1) (1,2) (2,END)';
  const plan = 'Node:\n1: heat some liquid\n2: fill the cup\nEdges: (START,1) (1,2) (2,END)';
  const sample = { id: 'x', family: 'os', prompt: '', reference: gold, messages: [], gold: readGoldPlan(gold) };
  const meanings: Record<string, number> = { START: 0, 'boil the water': 1, 'heat some liquid': 1, END: 3 };
  const meaning = (text: string) => meanings[text] ?? 2;
  /** Texts of one meaning have this cosine, others are opposites. */
  const encoder = (cosine: number) =>
    Object.assign(
      async (a: readonly string[], b: readonly string[]) =>
        a.map((x) => b.map((y) => (meaning(x) === meaning(y) ? cosine : -1))),
      { encoder: 'minilm' },
    );
  const scored = async (similarity: 'lexical' | 'minilm', judges: Judges, text = plan) => {
    await using open = await openWith({ data: rowsFile, similarity });
    return open.score(sample, { text }, judges);
  };

  it('match by meaning, where words match nothing', async () => {
    expect(await scored('minilm', { similarity: encoder(0.61) })).toMatchObject({ f1_chain: 1, f1_graph: 1 });
    const lexical = await scored('lexical', {});
    expect(lexical.f1_graph).toBe(0.25);
    expect(await scored('lexical', { similarity: encoder(0.61) })).toEqual(lexical);
  });

  it('match only above 0.6', async () => {
    expect(await scored('minilm', { similarity: encoder(0.6) })).toMatchObject({ f1_graph: 0 });
  });

  it('have no score without an encoder, and an unreadable plan has zeros', async () => {
    await expect(scored('minilm', {})).rejects.toMatchObject({ code: 'E_SCORE' });
    expect(await scored('minilm', { similarity: encoder(1) }, 'no plan')).toMatchObject({
      f1_chain: 0,
      parse_error: 1,
    });
  });

  it('stand in the name of the benchmark, so that no table mixes them', async () => {
    await using lexical = await openWith({ data: rowsFile });
    expect([lexical.label, lexical.similarity]).toEqual([undefined, 'lexical']);
    await using semantic = await openWith({ data: rowsFile, similarity: 'minilm' });
    expect([semantic.label, semantic.similarity]).toEqual(['worfbench[similarity=minilm]', 'minilm']);
  });

  it('are not compared by the encoder of the published numbers: it is refused by name', () => {
    expect(() => validate(worfbench.options, { similarity: 'all-mpnet-base-v2' }, 'worfbench')).toThrow(
      /all-mpnet-base-v2 is not supported .* use minilm or lexical/,
    );
    expect(() => validate(worfbench.options, { similarity: 'bert' }, 'worfbench')).toThrow(/one of lexical, minilm/);
  });
});
