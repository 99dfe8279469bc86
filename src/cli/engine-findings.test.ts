import { describe, expect, it } from 'vitest';
import { engineFindings } from './engine-findings.ts';

const rows = { label: 'bits', checked: [2, 3, 16], differing: [], largest: 0 };
const none = { AMX: 0, REPACK: 0, split: 0, plain: 0 };

/** What is said about one fact among others. */
function said(name: string, facts: Record<string, unknown>) {
  return engineFindings({ library: 'ggml-cpu-x64', ...facts }).find((finding) => finding.name === `engine ${name}`);
}

describe('engineFindings', () => {
  it('says that rows are equal', () => {
    expect(said('rowInvariance', { rowInvariance: rows })).toEqual({
      name: 'engine rowInvariance',
      state: 'ok',
      about: 'a row of a decode pass gives the same bits alone and with up to 15 others',
    });
  });

  it('warns where they are not, and says what that costs', () => {
    const numeric = { ...rows, label: 'numeric', differing: [3, 16], largest: 0.000012345 };
    expect(said('rowInvariance', { rowInvariance: numeric })).toMatchObject({
      state: 'warning',
      about:
        "the last bits of a row's results change with the number of rows in its pass (passes of 3, 16 rows; a logit differs by up to 0.000012), so only the baseline and its controls are called exact",
      help: expect.stringContaining('the matrices are not the cause'),
    });
    const rowWays = {
      'REPACK Q4_K 256x512': '4-16 rows none with the bits of one row',
      'plain F16 256x512': '2-16 rows each',
    };
    expect(said('rowInvariance', { rowInvariance: numeric, rowWays })?.help).toMatch(
      /keeps the bits: REPACK Q4_K 256x512;/,
    );
    const hidden = said('rowInvariance', { rowInvariance: { ...numeric, largest: 0 } });
    expect(hidden?.about).toContain('(passes of 3, 16 rows; no logit shows it)');
  });

  it('says how few rows are multiplied where not together', () => {
    expect(said('rowWays', { rowWays: { 'AMX Q4_1 576x960': '2-4 rows single', 'AMX Q8_0 576x512': '' } })?.about).toBe(
      'the rows of a pass are multiplied together, but AMX Q4_1 576x960: 2-4 rows single',
    );
    expect(said('rowWays', { rowWays: { 'AMX Q8_0 576x512': '' } })?.about).toBe(
      'the rows of a pass are multiplied together',
    );
  });

  it('says what passes cost and how many drafts must be right for them to pay', () => {
    expect(said('passMs', { passMs: { 1: 8, 2: 12, 5: 24 } })?.about).toBe(
      'time of a pass: 1 row 8.00 ms, 2 rows 12.0 ms, 5 rows 24.0 ms; drafting pays if more than this share of the drafts is right, by drafts in a pass: 1: 50 %, 4: 50 %',
    );
  });

  it('counts the matrices that lie in a faster order', () => {
    const weights = { ...none, REPACK: 12, split: 3, plain: 5 };
    expect(said('weights', { weights, layouts: ['REPACK'] })).toMatchObject({
      state: 'ok',
      about: 'of 20 matrices 12 REPACK, 3 split, 5 as in the file',
    });
  });

  it('takes plain matrices as they are where the model wants nothing else', () => {
    expect(said('weights', { weights: { ...none, plain: 33 }, layouts: ['REPACK'] })).toMatchObject({
      state: 'ok',
      about: 'all 33 matrices lie as in the file (plain): this processor has no faster order for their types',
    });
  });

  it('warns of plain matrices where nothing can be repacked', () => {
    expect(said('weights', { weights: { ...none, plain: 33 }, layouts: [] })).toMatchObject({
      state: 'warning',
      about:
        'all 33 matrices lie as in the file (plain): ggml-cpu-x64 has no faster order for any type, so models run slower than they could',
    });
  });

  it('reads in words, never in JSON', () => {
    const facts = { layouts: ['REPACK'], graphs: { cached: 1, built: 33 }, kvBuffers: { created: 2, free: 1 } };
    const about = engineFindings({ ...facts, workingBytes: 92160, other: { a: 1, b: 'x' }, list: [] });
    expect(about.map((finding) => finding.about)).toEqual([
      'faster orders of matrices here: REPACK',
      '33 built so far, 1 kept for passes of the same shape',
      '2 made so far, 1 free for the next call',
      '92,160 bytes beside weights and caches',
      'a 1, b x',
      'none',
    ]);
    expect(said('layouts', { layouts: [] })?.about).toBe('no faster order of matrices here');
  });

  it('shows other facts as they are', () => {
    expect(engineFindings({ threads: 1, prefill: 'flash' })).toEqual([
      { name: 'engine threads', state: 'ok', about: '1' },
      { name: 'engine prefill', state: 'ok', about: 'flash' },
    ]);
  });
});
