import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scratchFolder, trialOf } from '../../test/crash/folder.ts';
import type { Trial } from '../core/index.ts';
import { openJournal } from './journal.ts';
import { linesOf } from './read-journals.ts';

const MAIN = 'journal-main.jsonl';
const contents = (trials: Iterable<Trial>) => [...trials].map((trial) => [trial.key, trial.answer?.text]);
const written = (...keys: string[]) => contents(keys.map((key) => trialOf(key)));

async function write(folder: string, trials: Trial[], writer?: string): Promise<void> {
  const journal = await openJournal(folder, writer, { durability: 'process' });
  await Promise.all(trials.map((trial) => journal.append(trial)));
  await journal.close();
}

describe('a journal', () => {
  it('gives back what was appended, at once and after it was opened again', async () => {
    using folder = scratchFolder();
    const journal = await openJournal(folder.path);
    await Promise.all(['a', 'b', 'c'].map((key) => journal.append(trialOf(key))));
    expect(contents(journal.trials())).toEqual(written('a', 'b', 'c'));
    expect([journal.size, journal.has('b'), journal.has('x'), journal.get('x')]).toEqual([3, true, false, undefined]);
    expect(journal.get('b')).toEqual(trialOf('b'));
    await journal.close();
    await using again = await openJournal(folder.path);
    expect(contents(again.trials())).toEqual(written('a', 'b', 'c'));
    expect(again.get('c')).toEqual(trialOf('c'));
    expect([again.size, again.torn, again.bad]).toEqual([3, 0, 0]);
  });

  it('has a trial on disk, whole, by the time that append resolves', async () => {
    using folder = scratchFolder();
    await using journal = await openJournal(folder.path);
    for (const key of ['a', 'b', 'c']) {
      await journal.append(trialOf(key));
      const lines = readFileSync(join(folder.path, MAIN), 'utf8').split('\n');
      expect(lines.at(-1)).toBe('');
      expect(JSON.parse(lines.at(-2) ?? '')).toMatchObject(trialOf(key));
    }
  });

  it('lets the last of a key win, within a file and between writers', async () => {
    using folder = scratchFolder();
    const failed = trialOf('a', { status: 'failed', answer: undefined, ended_at: '2026-01-01T00:00:05.000Z' });
    await write(folder.path, [trialOf('a'), failed, trialOf('b')]);
    await write(folder.path, [trialOf('a', { answer: { text: 'older' } })], 'other');
    const later = trialOf('b', { answer: { text: 'later' }, ended_at: '2026-01-01T00:00:09.000Z' });
    await write(folder.path, [later], 'other');
    await using journal = await openJournal(folder.path);
    expect([journal.size, journal.status('a'), journal.get('b')?.answer?.text]).toEqual([2, 'failed', 'later']);
    expect(contents(journal.trials())).toEqual([
      ['a', undefined],
      ['b', 'later'],
    ]);
    // What a replaced line cost was paid all the same.
    expect(
      contents(linesOf(folder.path))
        .map(([key]) => key)
        .sort(),
    ).toEqual(['a', 'a', 'a', 'b', 'b']);
  });

  it('refuses a writer whose name is no file name', async () => {
    using folder = scratchFolder();
    await expect(openJournal(folder.path, '../escape')).rejects.toMatchObject({ code: 'E_ARGUMENT' });
  });

  it('says why it cannot be written, and refuses everything from then on', async () => {
    using folder = scratchFolder();
    await using journal = await openJournal(folder.path);
    await journal.append(trialOf('a'));
    const circular = trialOf('b', { params: {} });
    circular.params.self = circular;
    await expect(journal.append(circular)).rejects.toThrow(/circular/i);
    await journal.append(trialOf('c'));
    await journal.close();
    await expect(journal.append(trialOf('d'))).rejects.toMatchObject({ code: 'E_JOURNAL' });
    await using again = await openJournal(folder.path);
    expect(contents(again.trials())).toEqual(written('a', 'c'));
  });
});

describe('a journal that a crash has torn', () => {
  it('keeps every whole line and sets the rest aside, wherever the tear is', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, MAIN);
    const keys = ['a', 'b', 'c', 'd'];
    await write(
      folder.path,
      keys.map((key) => trialOf(key)),
    );
    const whole = readFileSync(path);
    // Where each line ends, by an independent count.
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([index]) => index + 1);
    expect(ends).toHaveLength(4);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (cut) => {
        writeFileSync(path, whole.subarray(0, cut));
        const kept = keys.slice(0, ends.filter((end) => end <= cut).length);
        const journal = await openJournal(folder.path, 'main', { durability: 'process' });
        try {
          expect(contents(journal.trials())).toEqual(written(...kept));
          expect(journal.torn).toBe(cut - (ends.filter((end) => end <= cut).at(-1) ?? 0));
          expect(journal.bad).toBe(0);
          await journal.append(trialOf('next'));
        } finally {
          await journal.close();
        }
        const after = await openJournal(folder.path, 'main', { durability: 'process' });
        expect(contents(after.trials())).toEqual(written(...kept, 'next'));
        expect([after.torn, after.bad]).toEqual([0, 0]);
        await after.close();
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the torn bytes', async () => {
    using folder = scratchFolder();
    await write(folder.path, [trialOf('a')]);
    appendFileSync(join(folder.path, MAIN), '{"half": "of a');
    await write(folder.path, []);
    expect(readFileSync(join(folder.path, `${MAIN}.torn`), 'utf8')).toBe('{"half": "of a\n');
  });

  it('is repaired where the torn line is longer than a block of the scan', async () => {
    using folder = scratchFolder();
    await write(folder.path, [trialOf('a')]);
    appendFileSync(join(folder.path, MAIN), 'x'.repeat(200_000));
    await using journal = await openJournal(folder.path);
    expect([journal.torn, journal.size]).toEqual([200_000, 1]);
  });
});

it('reads lines of schema 1: turns follow each other, and the whole time is not known', async () => {
  using folder = scratchFolder();
  const turn = { call: 'c', started_at: '2026-01-01T00:00:00.000Z', sent: 0, at: [5], tokens: [1], end: 8 };
  const counts = { prompt_tokens: 1, completion_tokens: 1, origin: 'engine' };
  const { wall_ms: _, ...old } = {
    ...trialOf('a'),
    wall_ms: 1,
    schema: 1,
    turns: [turn, turn, turn].map((one) => ({ ...one, ...counts })),
  };
  writeFileSync(join(folder.path, MAIN), `${JSON.stringify(old)}\n`);
  await using journal = await openJournal(folder.path);
  const read = journal.get('a');
  expect(read).toMatchObject({ schema: 2, turns: [{ start: 0 }, { start: 8 }, { start: 16 }] });
  expect(read?.wall_ms).toBeUndefined();
  expect([...journal.trials()]).toEqual([read]);
});

describe('a journal with damage in its middle', () => {
  it('loses the damaged lines and no others, and counts them', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, MAIN);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    await write(
      folder.path,
      keys.map((key) => trialOf(key)),
    );
    const whole = readFileSync(path);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([index]) => index);
    const lineOf = (offset: number) => ends.filter((end) => end < offset).length;
    const damage = fc.record({ at: fc.nat(whole.length - 2), length: fc.integer({ min: 1, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, length }) => {
        const to = Math.min(at + length, whole.length - 1);
        // Zeros are what a file system leaves behind after loss of power. A lost newline joins two lines.
        const damaged = Buffer.from(whole);
        damaged.fill(0, at, to);
        writeFileSync(path, damaged);
        const touched = new Set<number>();
        for (let offset = at; offset < to; offset++) {
          touched.add(lineOf(offset));
          if (whole[offset] === 10) touched.add(lineOf(offset) + 1);
        }
        const journal = await openJournal(folder.path, 'main', { durability: 'process' });
        const kept = keys.filter((_, index) => !touched.has(index));
        expect(contents(journal.trials())).toEqual(written(...kept));
        expect(journal.bad).toBeGreaterThan(0);
        await journal.close();
        expect(existsSync(`${path}.bad`)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['an empty object', '{}'],
    ['an array', '[1]'],
    ['null', 'null'],
    ['a later schema', JSON.stringify({ ...trialOf('x'), schema: 3 })],
    ['no turns', JSON.stringify({ ...trialOf('x'), turns: null })],
    ['actions that are none', JSON.stringify({ ...trialOf('x'), actions: [5] })],
    ['an unknown status', JSON.stringify({ ...trialOf('x'), status: 'great' })],
    ['an ok trial without answer', JSON.stringify({ ...trialOf('x'), answer: undefined })],
  ])('sets %s aside with the reason', async (_, line) => {
    using folder = scratchFolder();
    writeFileSync(
      join(folder.path, MAIN),
      `${JSON.stringify(trialOf('a'))}\n${line}\n${JSON.stringify(trialOf('b'))}\n`,
    );
    await using journal = await openJournal(folder.path);
    expect(contents(journal.trials())).toEqual(written('a', 'b'));
    expect(journal.bad).toBe(1);
    const [row] = readFileSync(join(folder.path, `${MAIN}.bad`), 'utf8')
      .trim()
      .split('\n');
    expect(JSON.parse(row ?? '')).toMatchObject({ file: MAIN, line, problem: expect.any(String) });
  });

  it('notices that a line changed under it', async () => {
    using folder = scratchFolder();
    await using journal = await openJournal(folder.path);
    await journal.append(trialOf('a'));
    const file = openSync(join(folder.path, MAIN), 'r+');
    writeSync(file, 'xx', 0);
    closeSync(file);
    expect(() => journal.get('a')).toThrow(/changed at byte 0/);
    truncateSync(join(folder.path, MAIN), 0);
  });
});
