import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validate } from '../../core/index.ts';
import { samplesOf } from '../samples-of.ts';
import { ownFile } from './own-file.ts';
import { longestLine, readSamples } from './read-samples.ts';
import { repeatedKey } from './repeated-key.ts';
import { scorers } from './scorers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

const written = async (content: string | Uint8Array, name = 'mine.jsonl') => {
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
    ['[{"id":"2","prompt":"Hi","reference":"x"}]', /line 2: a list; give each sample a line of its own/],
    ['{"id":"2","prompt":"half \\ud83d emoji","reference":"x"}', /line 2: prompt: \\ud83d is half of a character/],
    [
      '{"id":"2","messages":[{"role":"user","content":"\\ude00"}],"reference":"x"}',
      /line 2: messages: \\ude00 is half/,
    ],
    ['{"id":"2","prompt":"Hi","reference":"x","stop":["\\udead"]}', /line 2: stop: \\udead is half/],
    ['{"id":"2","prompt":"Hi","reference":"b","reference":"c"}', /line 2: the field "reference" is given twice/],
    [
      '{"id":"2","messages":[{"role":"user","content":"a","\\u0063ontent":"b"}],"reference":"x"}',
      /"content" is given twice/,
    ],
    ['{"id":9007199254740993,"prompt":"Hi","reference":"x"}', /line 2: id: .*at most 15 digits/],
    ['{"id":"2","prompt":"Hi","reference":"x","max_tokens":NaN}', /line 2: not JSON/],
  ])('refuses %s', (line, message) => {
    let thrown: unknown;
    try {
      readSamples(good + line, 'mine.jsonl');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'E_DATA', message: expect.stringMatching(message), help: expect.any(String) });
  });

  it('takes any line end, marks where files were joined, and separators that JSON allows in texts', () => {
    const two = good.trim().replace('"1"', '"2"').replace('Peru', 'Perú\u2028\u0085');
    for (const end of ['\n', '\r\n', '\r', '\n\uFEFF'])
      expect(readSamples(`${good.trim()}${end}${two}${end === '\r' ? '\r' : ''}`, 'mine.jsonl')).toHaveLength(2);
    const [, sample] = readSamples(good + two, 'mine.jsonl');
    expect(sample).toMatchObject({ id: '2', prompt: 'Capital of Perú\u2028\u0085?' });
  });

  it('never quotes the file raw', () => {
    for (const line of [
      '\u001b[31m{',
      '{"id":"2","prompt":"\u001b[2J',
      '{"id":"\\u001b[2J","prompt":"Hi","reference":"x"}',
    ]) {
      try {
        readSamples(`${line}\n${line}`, 'mine.jsonl');
        expect.unreachable();
      } catch (error) {
        expect((error as Error).message).not.toContain('\u001b');
      }
    }
  });

  it('refuses a line that no model reads, with its size', () => {
    const long = good.replace('Lima', 'x'.repeat(longestLine));
    expect(() => readSamples(good + long, 'mine.jsonl')).toThrow(
      expect.objectContaining({
        code: 'E_DATA',
        message: expect.stringMatching(/line 2: it has 167772\d\d characters/),
      }),
    );
    expect(readSamples(`${good}{"id":"2","prompt":${'['.repeat(100)}`.replace(/\n.*$/, ''), 'x')).toHaveLength(1);
  });

  it('refuses a line of a million brackets as JSON that does not fit', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    expect(() => readSamples(`{"id":"2","prompt":${deep},"reference":"x"}`, 'mine.jsonl')).toThrow(
      expect.objectContaining({ code: 'E_DATA' }),
    );
  });

  it.each(['', '\n\n'])('refuses a file without samples (%j)', (text) => {
    expect(() => readSamples(text, 'mine.jsonl')).toThrow(/holds no samples/);
  });
});

describe('a key that is given twice', () => {
  it('is found wherever it stands, and nothing else is taken for one', () => {
    const plain = fc.jsonValue({ depthSize: 'small', noUnicodeString: false }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(plain, fc.string({ maxLength: 4 }), plain, plain, (first, name, second, third) => {
        const key = JSON.stringify(name);
        const twice = `{${key}:${first},${key}:${second}}`;
        expect([first, `[${first},${first}]`, `{${key}:${first}}`].map(repeatedKey)).toEqual(Array(3).fill(undefined));
        for (const json of [twice, `[${third},${twice}]`, `{"a}":{"b,":${twice}}}`])
          expect(repeatedKey(json)).toBe(name);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a line near the limit', () => {
  it('is read: texts of millions of characters overflow no stack', () => {
    for (const text of ['x', '\\\\', '\\"', 'é🙂'].map((unit) => unit.repeat(Math.floor(8_000_000 / unit.length))))
      expect(readSamples(`{"id":"1","prompt":"${text}","reference":"x"}`, 'mine.jsonl')).toHaveLength(1);
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

  it('refuses another encoding by name and line, and takes UTF-8 with a mark as the same data', async () => {
    const latin = Buffer.from(`${good}${good.replace('"1"', '"2"').replace('Peru', 'Per\xfa')}`, 'latin1');
    await expect(ownFile(await written(latin))).rejects.toMatchObject({
      code: 'E_DATA',
      message: expect.stringMatching(/mine\.jsonl, line 2: the byte 0xfa is not UTF-8; .* Windows-1252/),
      help: expect.stringContaining('UTF-8'),
    });
    for (const mark of ['\uFEFF', ''])
      await expect(ownFile(await written(Buffer.from(mark + good, 'utf16le')))).rejects.toMatchObject({
        message: expect.stringContaining('UTF-16LE'),
      });
    const marked = await ownFile(await written(`\uFEFF${good}`));
    expect(marked.version).toBe((await ownFile(await written(good))).version);
  });

  it('refuses an unknown scorer and a missing file', async () => {
    await expect(ownFile(await written(good), { scorer: ['bertscore'] })).rejects.toMatchObject({ code: 'E_CONFIG' });
    await expect(ownFile(join(folder, 'nowhere.jsonl'))).rejects.toMatchObject({ code: 'E_DATA' });
    await expect(ownFile(folder)).rejects.toMatchObject({ code: 'E_DATA' });
  });
});
