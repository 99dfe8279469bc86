import { expect, it } from 'vitest';
import type { Trial } from '../core/index.ts';
import { replayNotes } from './replay-notes.ts';

const trial = (backend: string) => ({ cell: { backend } }) as Trial;

it('says of replayed answers whose times these are, but where their pace was kept', () => {
  const replay = 'replay of groq m recording:ab12';
  expect(replayNotes([trial('replay')], replay)).toEqual([
    expect.stringMatching(/times? .* of the replay .* not of the server/),
  ]);
  expect(replayNotes([trial('replay')], `${replay} paced`)).toEqual([]);
  expect(replayNotes([trial('groq')], 'groq m')).toEqual([]);
});
