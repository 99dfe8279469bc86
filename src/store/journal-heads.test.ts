import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scratchFolder, trialOf } from '../../test/crash/folder.ts';
import type { Trial } from '../core/index.ts';
import { readHeads } from './journal-heads.ts';
import { indexJournals, trialsOf } from './read-journals.ts';
import { sealed } from './seal.ts';

const cell = (policy_name: string): Trial['cell'] => ({
  ...{ benchmark: 'b', policy_name, realisation: 'engine', backend: 'ggml', model: 'm', fidelity: 'lossy' },
});
const played = (policy_name: string, sample: string, changes: Partial<Trial> = {}): Trial =>
  trialOf(`${policy_name} ${sample} ${changes.repeat ?? 0}`, { cell: cell(policy_name), sample, ...changes });
const write = (folder: string, lines: readonly string[], writer = 'main') =>
  writeFileSync(join(folder, `journal-${writer}.jsonl`), lines.map((line) => `${line}\n`).join(''));
const namesOf = (trials: Iterable<Trial>) => [...trials].map(({ key }) => key);

describe('trials of a run, in the order of a report', () => {
  it('come pair by pair, the baseline first, whatever the order of play', () => {
    using folder = scratchFolder();
    const order = [
      ['p', 's1'],
      ['q', 's0'],
      ['baseline', 's0'],
      ['q', 's1'],
      ['p', 's0'],
      ['baseline', 's1'],
    ] as const;
    write(
      folder.path,
      order.map(([policy, sample]) => JSON.stringify(played(policy, sample))),
    );
    const names = ['baseline s1 0', 'p s1 0', 'q s1 0', 'baseline s0 0', 'q s0 0', 'p s0 0'];
    expect(namesOf(readHeads(folder.path).trials())).toEqual(names);
  });

  it('are told apart by repeat, backend and model', () => {
    using folder = scratchFolder();
    const other = { ...cell('baseline'), model: 'other' };
    const trials = [
      played('p', 's', { repeat: 1 }),
      played('baseline', 's'),
      played('baseline', 's', { repeat: 1 }),
      played('baseline', 's', { cell: other, key: 'elsewhere' }),
      played('p', 's'),
    ];
    write(
      folder.path,
      trials.map((trial) => JSON.stringify(trial)),
    );
    const names = ['baseline s 1', 'p s 1', 'baseline s 0', 'p s 0', 'elsewhere'];
    expect(namesOf(readHeads(folder.path).trials())).toEqual(names);
  });

  it('are read where parameters or an answer hold what ends a head', () => {
    using folder = scratchFolder();
    const text = 'he wrote ,"turns":[ and went';
    const trial = played('p', 's', { params: { x: { a: 1, turns: [2] } }, answer: { text, trajectory: [text] } });
    write(folder.path, [JSON.stringify(trial)]);
    expect([...readHeads(folder.path).trials()]).toEqual([trial]);
  });

  it('are the same and in the same order with checksums, whatever their parameters and names hold', () => {
    const odd = fc.constantFrom('s', 's","repeat":7', 'é', 'a\\', '{', '', '🙂');
    const params = fc.constantFrom(
      {},
      { a: 1 },
      { block: '"', sample: 't' },
      { x: { sample: 't', repeat: 3 } },
      { '}': [1] },
    );
    const trial = fc
      .record({ policy: fc.constantFrom('baseline', 'p'), sample: odd, block: odd, params, repeat: fc.nat(1) })
      .map(({ policy, ...changes }) => played(policy, changes.sample, changes));
    fc.assert(
      fc.property(fc.array(trial, { maxLength: 12 }), (trials) => {
        using plain = scratchFolder();
        using checked = scratchFolder();
        const lines = trials.map((trial) => JSON.stringify(trial));
        write(plain.path, lines);
        write(checked.path, lines.map(sealed));
        expect([...readHeads(checked.path).trials()]).toEqual([...readHeads(plain.path).trials()]);
      }),
      { numRuns: 40 },
    );
  });

  it('are an earlier line where the last one is damaged after its head, and the damage is counted', () => {
    using folder = scratchFolder();
    const [old, last] = [played('p', 's', { answer: { text: 'old' } }), JSON.stringify(played('p', 's'))];
    write(folder.path, [JSON.stringify(old), last.replace('"counters":{', '"counters":'), 'nonsense']);
    const heads = readHeads(folder.path);
    expect(heads.bad()).toBe(1);
    expect([...heads.trials()]).toEqual([old]);
    expect([...heads.trials()]).toEqual([old]);
    expect(heads.bad()).toBe(2);
  });

  it('are those that resuming counts as finished, whatever is damaged', () => {
    const line = fc.record({
      policy: fc.constantFrom('baseline', 'p', 'q'),
      sample: fc.constantFrom('s0', 's1'),
      ended: fc.integer({ min: 0, max: 9 }),
      text: fc.string(),
      isSealed: fc.boolean(),
      damage: fc.constantFrom('none', 'none', 'none', 'head', 'tail', 'half'),
    });
    const spoil = (text: string, damage: string) =>
      ({
        none: text,
        head: text.replace('"key":', '"kex":'),
        tail: text.replace('"sums":', '"sumz":'),
        half: text.slice(0, text.length / 2),
      })[damage] as string;
    fc.assert(
      fc.property(fc.array(fc.array(line, { maxLength: 12 }), { maxLength: 3 }), (files) => {
        using folder = scratchFolder();
        files.forEach((lines, file) => {
          const texts = lines.map(({ policy, sample, ended, text, damage, isSealed }) => {
            const ended_at = `2026-01-01T00:00:0${ended}.000Z`;
            const line = JSON.stringify(played(policy, sample, { ended_at, answer: { text } }));
            return spoil(isSealed ? sealed(line) : line, damage);
          });
          write(folder.path, texts, `w${file}`);
        });
        const byKey = (trials: Iterable<Trial>) => [...trials].sort((a, b) => (a.key < b.key ? -1 : 1));
        const heads = readHeads(folder.path);
        expect(byKey(heads.trials())).toEqual(byKey(trialsOf(indexJournals(folder.path))));
      }),
      { numRuns: 150 },
    );
  });
});
