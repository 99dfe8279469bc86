import { expect, it } from 'vitest';
import type { Trial } from '../core/index.ts';
import { bundleNotes } from './bundle-notes.ts';

const trial = (realisation: 'client' | 'engine', turn: { at: number[]; events?: number[] }) =>
  ({ cell: { backend: 'openai', model: 'm', realisation }, turns: [turn] }) as unknown as Trial;

it('names backends most of whose events shared a read, and no other', () => {
  const one = trial('client', { at: [1, 2, 3, 4] });
  const bundled = trial('client', { at: [1, 9], events: [1, 7] });
  expect(bundleNotes([bundled])).toEqual([expect.stringMatching(/^openai m: 88 % of the events shared a read/)]);
  // 7 of 12, then 7 of 16.
  expect(bundleNotes([bundled, one])).toHaveLength(1);
  expect(bundleNotes([bundled, one, one])).toEqual([]);
  expect(bundleNotes([trial('engine', { at: [1], events: [8] })])).toEqual([]);
});
