/** Windows of time as people name them: the past quarters, the past months, a season, a year. */
import type { Draw } from '../draw.ts';
import { firstOfMonth, type Window } from '../org/calendar.ts';

export interface Period {
  window: Window;
  /** `in the past 2 quarters`. */
  phrase: string;
  /** `2023-07-01`: what the window counts back from. */
  today: string;
}

const seasons = [
  ['spring', 3],
  ['summer', 6],
  ['autumn', 9],
  ['winter', 12],
] as const;

function pastMonths(draw: Draw, months: number, phrase: string): Period {
  const months_ = draw.between(months, 47);
  const [year, month] = [2021 + Math.floor(months_ / 12), (months_ % 12) + 1];
  const today = firstOfMonth(year, month);
  return { window: { from: firstOfMonth(year, month - months), to: today }, phrase, today };
}

/** Within 2021 to 2024. @param longest months at most */
export function drawPeriod(draw: Draw, longest = 12): Period {
  const kind = draw.pick(['quarters', 'months', 'season', 'year', 'quarter'] as const);
  const today = '2025-01-01';
  if (kind === 'quarters') {
    const quarters = draw.between(2, Math.floor(longest / 3));
    return pastMonths(draw, 3 * quarters, `in the past ${quarters} quarters`);
  }
  if (kind === 'months') {
    const months = draw.between(4, longest);
    return pastMonths(draw, months, `in the past ${months} months`);
  }
  const year = draw.between(2021, 2024);
  const of = (from: number, months: number, phrase: string) => ({
    window: { from: firstOfMonth(year, from), to: firstOfMonth(year, from + months) },
    ...{ phrase, today },
  });
  if (kind === 'season') {
    const [season, from] = draw.pick(year === 2024 ? seasons.slice(0, 3) : seasons);
    return of(from, 3, `in ${season} ${year}`);
  }
  if (kind === 'quarter') {
    const quarter = draw.between(1, 4);
    return of(3 * quarter - 2, 3, `in Q${quarter} of ${year}`);
  }
  return longest < 12 ? of(1, 6, `in the first half of ${year}`) : of(1, 12, `in ${year}`);
}

/** Before the organisation began: no record lies there. */
export function emptyPeriod(draw: Draw): Period {
  const year = draw.between(2015, 2019);
  return draw.chance(50)
    ? { window: { from: `${year}-01-01`, to: `${year + 1}-01-01` }, phrase: `in ${year}`, today: '2025-01-01' }
    : {
        window: { from: `${year}-01-01`, to: `${year}-07-01` },
        ...{ phrase: 'in the past 6 months', today: `${year}-07-01` },
      };
}

export const periodFor = (draw: Draw, isEmpty: boolean, longest?: number): Period =>
  isEmpty ? emptyPeriod(draw) : drawPeriod(draw, longest);

export const timeRules =
  'Past N months count back from today: from the same day N months ago up to, but without, today. A quarter has three months; Q1 begins in January. Spring is March to May, summer June to August, autumn September to November; winter begins in December and ends with February of the next year.';
