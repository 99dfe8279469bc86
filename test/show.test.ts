import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Trial } from '../src/core/index.ts';
import { firstDifference, showSample } from '../src/ttcbench/show-sample.ts';
import { trialOf } from './crash/folder.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-show-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const cellOf = (policy_name: string) => ({ ...trialOf('x').cell, policy_name });
const turnOf = (ids: number[]) => ({
  ...{
    call: 'c',
    started_at: '2026-01-01T00:00:00.000Z',
    start: 0,
    sent: 0,
    at: [1],
    tokens: [ids.length],
    end: 9,
    ids,
  },
  ...{ prompt_tokens: 1, completion_tokens: ids.length, origin: 'engine' as const },
});

function runOf(name: string, trials: Partial<Trial>[]): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  const lines = trials.map((changes, i) => JSON.stringify(trialOf(`k${i}`, { sample: 's', ...changes })));
  writeFileSync(join(folder, 'journal-main.jsonl'), `${lines.join('\n')}\n`);
  const sample = { id: 's', benchmark: 'toy', prompt: 'Which colour?', reference: 'red' };
  writeFileSync(join(folder, 'samples.jsonl'), `${JSON.stringify(sample)}\n`);
  return folder;
}

describe('show', () => {
  it('has the baseline first and says where each answer leaves it, by token and by character', () => {
    const folder = runOf('a', [
      { cell: cellOf('early_exit_28'), answer: { text: 'red wine' }, turns: [turnOf([1, 2, 9])] },
      { cell: cellOf('baseline'), answer: { text: 'red rose' }, turns: [turnOf([1, 2, 3])] },
      { cell: cellOf('speculative_decoding'), answer: { text: 'red rose' }, turns: [turnOf([1, 2, 3])] },
    ]);
    const [shown] = showSample(folder, 's');
    expect(shown).toMatchObject({ prompt: 'Which colour?', reference: 'red' });
    expect(shown?.trials.map(({ policy_name, difference }) => [policy_name, difference])).toEqual([
      ['baseline', null],
      ['early_exit_28', { character: 4, token: 2 }],
      ['speculative_decoding', { character: null, token: null }],
    ]);
  });

  it('compares repeats with their own baseline, and shows failures with their code', () => {
    const failed = { status: 'failed' as const, error: { code: 'E_TIMEOUT' as const, message: 'too long' } };
    const folder = runOf('b', [
      { cell: cellOf('baseline'), answer: { text: 'a' } },
      { cell: cellOf('baseline'), answer: { text: 'b' }, repeat: 1 },
      { cell: cellOf('p'), answer: { text: 'b' }, repeat: 1 },
      { cell: cellOf('p'), answer: undefined, ...failed },
    ]);
    const trials = showSample(folder, 's')[0]?.trials ?? [];
    expect(trials.filter(({ policy_name }) => policy_name === 'p')).toMatchObject([
      { repeat: 0, answer: null, error: { code: 'E_TIMEOUT' }, difference: null },
      { repeat: 1, difference: { character: null } },
    ]);
  });

  it('names the samples there are where one is unknown', () => {
    const folder = runOf('c', [{}]);
    expect(() => showSample(folder, 't')).toThrow(/no trial of a sample "t"/);
  });

  it.each([
    ['', 'a', 0],
    ['ab', 'abc', 2],
    ['abc', 'abc', null],
  ])('%j and %j part at %s', (a, b, at) => expect(firstDifference(a, b)).toBe(at));
});
