import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validate } from '../../core/index.ts';
import { samplesOf } from '../samples-of.ts';
import { ownFile } from './own-file.ts';
import { readSamples } from './read-samples.ts';
import { scorers } from './scorers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

const written = async (content: string, name = 'mine.jsonl') => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const good = '{"id":"1","prompt":"Capital of Peru?","reference":"Lima"}\n';

describe('what a line may be', () => {
  it('takes a prompt or messages, windows line ends, blank lines, a byte order mark and numbers as ids', () => {
    const text =
      '\uFEFF{"id":1,"prompt":"Hi","reference":"Hello"}\r\n\r\n' +
      '{"id":"b","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],' +
      '"reference":"Hello","family":"greeting","stop":"\\n","max_tokens":8}\r\n';
    expect(readSamples(text, 'mine.jsonl')).toEqual([
      { id: '1', prompt: 'Hi', reference: 'Hello', messages: [{ role: 'user', content: 'Hi' }] },
      {
        ...{ id: 'b', prompt: 'system: Be brief.\n\nuser: Hi', reference: 'Hello', family: 'greeting' },
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
        stop: ['\n'],
        maxTokens: 8,
      },
    ]);
  });

  it.each([
    ['{"id":"2","promt":"Hi","reference":"x"}', /line 2: unknown field "promt"; did you mean prompt\?/],
    ['{"id":"2","prompt":"Hi"}', /line 2: reference: /],
    ['{"id":"2","prompt":"Hi","reference":7}', /line 2: reference: /],
    ['{"id":"2","reference":"x"}', /line 2: give either prompt or messages/],
    ['{"id":"2","prompt":"Hi","messages":[{"role":"user","content":"Hi"}],"reference":"x"}', /line 2: give either/],
    ['{"id":"2","messages":[{"role":"robot","content":"Hi"}],"reference":"x"}', /line 2: messages\.0\.role: /],
    ['{"id":"2","messages":[],"reference":"x"}', /line 2: messages: /],
    ['{"id":"2","prompt":"Hi","reference":"x","max_tokens":0}', /line 2: max_tokens: /],
    ['{"id":"2","prompt":"Hi","reference":"x","stop":[""]}', /line 2: stop/],
    ['{"id":"","prompt":"Hi","reference":"x"}', /line 2: id: /],
    ['{"id":"1","prompt":"Hi","reference":"x"}', /line 2: the id 1 was used on line 1 already/],
    ['{"id":"2","prompt":', /line 2: not JSON/],
    ['[]', /line 2: /],
    ['null', /line 2: /],
    ['7', /line 2: /],
  ])('refuses %s', (line, message) => {
    let thrown: unknown;
    try {
      readSamples(good + line, 'mine.jsonl');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'E_DATA', message: expect.stringMatching(message), help: expect.any(String) });
  });

  it.each(['', '\n\n'])('refuses a file without samples (%j)', (text) => {
    expect(() => readSamples(text, 'mine.jsonl')).toThrow(/holds no samples/);
  });
});

describe('the benchmark', () => {
  it('is named after the file and changes its version with the content', async () => {
    const first = await ownFile(await written(good));
    const same = await ownFile(await written(good, 'copy.jsonl'));
    const other = await ownFile(await written(good.replace('Lima', 'Lyon')));
    expect(first.name).toBe('mine.jsonl');
    expect(same.version).toBe(first.version);
    expect(other.version).not.toBe(first.version);
  });

  it('scores with the scorers it is told, the first one as headline', async () => {
    const path = await written(good);
    const benchmark = await ownFile(path, { scorer: 'f1, exact_match' });
    expect(benchmark.scores).toEqual(['f1', 'precision', 'recall', 'exact_match']);
    await using open = await benchmark.open(validate(benchmark.options, { scorer: ['f1', 'exact_match'] }, 'options'));
    const [sample] = await samplesOf(open);
    const scores = await open.score(sample!, { text: 'the lima' }, {});
    expect(Object.entries(scores)).toEqual([
      ['f1', 1],
      ['precision', 1],
      ['recall', 1],
      ['exact_match', 0],
    ]);
  });

  it.each(Object.keys(scorers))(
    'the scorer %s gives the oracle 1 and silence 0, in the declared order',
    async (scorer) => {
      const benchmark = await ownFile(await written(good.replace('Lima', 'The town of Lima in Peru')), { scorer });
      await using open = await benchmark.open(validate(benchmark.options, { scorer: [scorer] }, 'options'));
      const [sample] = await samplesOf(open);
      for (const [text, value] of [
        [sample!.reference, 1],
        ['', 0],
      ] as const) {
        const scores = await open.score(sample!, { text }, {});
        expect(Object.keys(scores)).toEqual(benchmark.scores);
        for (const score of Object.values(scores)) expect(score).toBeCloseTo(value, 9);
      }
    },
  );

  it('sends stops and limits of a sample', async () => {
    const line = '{"id":"1","prompt":"Hi","reference":"x","stop":["\\n"],"max_tokens":3}';
    const benchmark = await ownFile(await written(line));
    await using open = await benchmark.open(validate(benchmark.options, {}, 'options'));
    const [sample] = await samplesOf(open);
    const calls: unknown[] = [];
    const ask = async (...given: unknown[]) => {
      calls.push(given);
      return { text: 'x', reasoning: '', toolCalls: [], reason: 'stop' as const };
    };
    const { signal } = new AbortController();
    await open.play(sample!, { ask, signal, capabilities: new Set(), act: async (_, __, run) => run(signal) });
    expect(calls).toEqual([[[{ role: 'user', content: 'Hi' }], { stop: ['\n'], maxTokens: 3 }]]);
  });

  it('refuses an unknown scorer and a missing file', async () => {
    await expect(ownFile(await written(good), { scorer: ['bertscore'] })).rejects.toMatchObject({ code: 'E_CONFIG' });
    await expect(ownFile(join(folder, 'nowhere.jsonl'))).rejects.toMatchObject({ code: 'E_DATA' });
    await expect(ownFile(folder)).rejects.toMatchObject({ code: 'E_DATA' });
  });
});
