/** Text from servers, modules and files in every field that they may fill: nothing of it acts, whatever shows it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportOfTrials } from '../../test/support/report-of-trials.ts';
import { type Metric, plainJson, type Sample, type Trial } from '../core/index.ts';
import { type Report, renderMarkdown } from '../report/index.ts';
import { renderTerminalTable } from './report-table.ts';
import { pageOf } from './show.ts';

const pieces = [
  ...['\u001b[31m', '\u001b]0;owned\u0007', '\u009b2J', '\u202e', '\u2066', '\r', '\n', '\u2028', '\0', '\ud83d'],
  ...['<script>alert(1)</script>', '<img src=x onerror=y>', '&lt;', '|', '\\|', '\\', '`', '``', '](http://x)', '!['],
  ...['a', 'model', ' ', '\t', '😀', 'é'],
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''));

/** Controls but for the line break, direction marks, separators of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

interface Names {
  policy: string;
  benchmark: string;
  model: string;
  backend: string;
  sample: string;
  metric: string;
  score: string;
  message: string;
  note: string;
}
const names = fc.record<Names>({
  ...{ policy: hostile, benchmark: hostile, model: hostile, backend: hostile, sample: hostile },
  ...{ metric: hostile, score: hostile, message: hostile, note: hostile },
});

function trialsOf({ policy, benchmark, model, backend, sample, score, message }: Names): Trial[] {
  return ['baseline', policy].flatMap((policy_name) =>
    [1, 2].map((i) => ({
      ...{ schema: 2, key: `${policy_name} ${i}`, params: {}, block: `${policy_name} ${i}`, ended_at: '', seed: i },
      cell: { benchmark, policy_name, realisation: 'client', backend, model, fidelity: 'lossy' },
      ...{ sample: `${sample}${i}`, repeat: 0, counters: { sums: {}, tallies: {}, calls: [] } },
      ...(i === 2 && policy_name !== 'baseline'
        ? { status: 'failed', scores: {}, turns: [], error: { code: 'E_SERVER', message } }
        : { status: 'ok', scores: { [score]: 0.5 }, answer: { text: message }, turns: [turn] }),
    })),
  ) as Trial[];
}

const turn = {
  ...{ call: '', started_at: '', start: 0, sent: 0, at: [5, 9], tokens: [1, 1], end: 10, ids: [1, 2] },
  ...{ prompt_tokens: 5, completion_tokens: 2, origin: 'engine' },
} as const;

function reportOf(given: Names): Promise<Report> {
  const metric = (name: string, of: Metric['of']): Metric => ({
    ...{ name, group: 'quality', unit: 'score', better: 'more', about: 'One of your own.', of },
  });
  const trials = trialsOf(given);
  const samples = new Map(
    trials.map(({ sample: id }): [string, Sample] => [
      id,
      { id, prompt: '', reference: '', family: `${given.note}${id.at(-1)}` },
    ]),
  );
  return reportOfTrials({
    run: { id: given.note, command: given.note, version: given.note, machine: given.note, notes: [given.note] },
    ...{ trials, samples: new Map([[given.benchmark, samples]]) },
    extra: [
      metric(given.metric, () => 2),
      metric(`${given.metric} fails`, () => {
        throw new Error(given.message);
      }),
    ],
  });
}

/** Bars that divide cells, by the rules of GitHub's tables: a bar behind an odd number of backslashes is text. */
const bars = (line: string) => line.replace(/\\[!-/:-@[-`{-~]/g, '').split('|').length - 1;

describe('text from outside', () => {
  it('does not act on a terminal, in Markdown or in JSON, in 200 reports', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (given) => {
        const report = await reportOf(given);
        const shown = renderTerminalTable(report, { width: 200, colour: false });
        expect(shown).not.toMatch(acting);
        expect(shown).not.toMatch(lone);
        const markdown = renderMarkdown(report);
        expect(markdown).not.toMatch(acting);
        expect(markdown).not.toMatch(lone);
        const outsideCode = markdown.replace(/^- command: .*$/m, '');
        expect(outsideCode).not.toMatch(/<[a-z/!?]/i);
        expect(outsideCode).not.toMatch(/(?<!\\)\]\(/);
        const tables = markdown.split('\n\n').filter((block) => block.startsWith('|'));
        expect(tables.length).toBeGreaterThan(1);
        for (const table of tables) expect(new Set(table.split('\n').map(bars)).size, table).toBe(1);
        const json = plainJson(report);
        expect(json).not.toMatch(acting);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(report)));
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('does not act in the page of a sample, whose lines stay', () => {
    fc.assert(
      fc.property(names, ({ policy, benchmark, sample, score, message, note }) => {
        const page = pageOf({
          ...{ benchmark, sample, prompt: note, reference: message },
          trials: [
            {
              ...{ policy_name: policy, repeat: 0, status: 'ok', answer: `one\n${message}`, scores: { [score]: 1 } },
              ...{ generation_time: 5, error: null, difference: { character: 4, token: null } },
            },
            {
              ...{ policy_name: policy, repeat: 1, status: 'failed', answer: null, scores: {} },
              ...{ generation_time: null, error: { code: 'E_SERVER', message }, difference: null },
            },
          ],
        });
        expect(page).not.toMatch(acting);
        expect(page).not.toMatch(lone);
        expect(page).toContain('  one\n');
      }),
      { numRuns: 200 },
    );
  });

  it('leaves nothing out that it escapes', async () => {
    const report = await reportOf({
      ...{
        policy: 'p|q`r`',
        benchmark: 'b',
        model: '<b>m</b>',
        backend: 'x',
        sample: 's',
        metric: 'own',
        score: 'odd',
      },
      ...{ message: '\u001b[2Jgone', note: '[click](http://x) & &lt;' },
    });
    expect(renderMarkdown(report)).toContain('p\\|q\\`r\\`');
    expect(renderMarkdown(report)).toContain('&lt;b>m&lt;/b>');
    expect(renderMarkdown(report)).toContain('[click\\](http://x) & &amp;lt;');
    expect(renderTerminalTable(report, { width: 200, colour: false })).toContain('\\u001b[2Jgone');
  });
});
