/** The made-up run with what files of text and tables get wrong: formulas, quotes, half characters, extreme numbers. */
import type { Trial } from '../../src/core/index.ts';
import type { SampleRow } from '../../src/store/samples-file.ts';
import { madeUpSamples, madeUpTrials } from './made-up-run.ts';

export const awkwardTexts = [
  ...['=1+1', '+1', '-1', '@SUM(A1)', '|calc', '%0A', '＝1', ' =1+1', '\t=1', "'quoted", '"quoted"', 'a,b;c', ''],
  ...[
    'line\nbreak',
    'carriage\r\nreturn',
    'tab\tin',
    'nul\u0000in',
    '\u2028',
    'ü😀',
    '\\ud800',
    'null',
    'NaN',
    '007',
    ' edge ',
  ],
];

export const awkwardNumbers = [
  ...[0.1 + 0.2, 1e-320, 1.7976931348623157e308, -0.1, 2 ** 53, 2 ** 53 + 2, 1e21, 123456789.12345679, 5e-7, 0],
];

/** A lone half of a pair: no file can hold it, so it is read back as U+FFFD. */
export const loneHalf = 'half \ud83d of a pair';

export const awkwardTrials = (): Trial[] => [
  ...madeUpTrials(),
  ...awkwardTexts.map((text, at): Trial => {
    const [like] = madeUpTrials();
    if (!like) throw new Error('no trial');
    return {
      ...like,
      ...{ key: `awkward ${at}`, sample: `x${at}`, seed: 2 ** 40 + at, params: { note: text } },
      ...{ status: 'ok', error: { code: 'E_SCORE', message: text } },
      counters: {
        ...{ calls: [], sums: { passes: 3, mine: awkwardNumbers[at % awkwardNumbers.length] as number } },
        tallies: { exit_layer: { 3: 2, 5: 4 } },
      },
      scores: { exact_match: 1, [text]: 0.25 },
    };
  }),
];

export const awkwardSamples = (): SampleRow[] => [
  ...madeUpSamples().map((sample) => ({ ...sample, benchmark: 'extract' })),
  ...awkwardTexts.map((family, at) => ({
    ...{ id: `x${at}`, prompt: '', reference: '', family },
    benchmark: 'extract',
  })),
];
