import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../../test/crash/folder.ts';
import type { Trial } from '../core/index.ts';
import { openScores, readScores, withRescored } from './rescored.ts';

const trial = (key: string, changes: Partial<Trial> = {}) => ({ key, status: 'ok', scores: {}, ...changes }) as Trial;

describe('scores that come after their trial', () => {
  it('stand in for those of the journal, with their encoder or why there are none', async () => {
    using scratch = scratchFolder();
    const error = { code: 'E_SCORE', message: 'bad reference' } as const;
    {
      await using log = openScores(scratch.path);
      expect(readdirSync(scratch.path)).toEqual([]);
      await log.append(trial('a', { scores: { f1: 0.5 }, encoder: 'minilm' }));
      await log.append(trial('b', { error }));
      expect([log.has('a'), log.has('c')]).toEqual([true, false]);
    }
    using scores = readScores(scratch.path);
    const read = (key: string) => withRescored(trial(key, { unscored: true }), scores);
    expect(read('a')).toEqual(trial('a', { scores: { f1: 0.5 }, encoder: 'minilm' }));
    expect(read('b')).toEqual(trial('b', { error }));
    expect(read('c')).toEqual(trial('c', { unscored: true }));
  });

  it('are taken up where a killed process left half a line', async () => {
    using scratch = scratchFolder();
    await openScores(scratch.path).append(trial('a', { scores: { f1: 1 } }));
    appendFileSync(join(scratch.path, 'scores.jsonl'), '{"key":"b","sco');
    await using log = openScores(scratch.path);
    expect([log.has('a'), log.has('b')]).toEqual([true, false]);
    await log.append(trial('b', { scores: { f1: 0 } }));
    using scores = readScores(scratch.path);
    expect(scores.get('b')).toEqual({ scores: { f1: 0 } });
  });
});
