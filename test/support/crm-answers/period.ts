/** The days that a question speaks of, read from its words alone. Independent of the generator. */
const pad = (value: number) => String(value).padStart(2, '0');
const firstDay = (year: number, month: number) =>
  month > 12 ? `${year + 1}-${pad(month - 12)}-01` : `${year}-${pad(month)}-01`;

export interface Days {
  from: string;
  /** Not included. */
  to: string;
}

const starts: Record<string, number> = { spring: 3, summer: 6, autumn: 9, winter: 12 };

/** "… in the past 2 quarters … Today is 2023-07-01." → 2023-01-01, 2023-07-01. */
export function daysIn(text: string): Days {
  const past = /past (\d+) (quarter|month)s/.exec(text);
  if (past) {
    const today = /Today is (\d{4})-(\d\d)-01/.exec(text)!;
    const back = Number(past[1]) * (past[2] === 'quarter' ? 3 : 1);
    const month = Number(today[1]) * 12 + Number(today[2]) - 1 - back;
    return { from: firstDay(Math.floor(month / 12), (month % 12) + 1), to: `${today[1]}-${today[2]}-01` };
  }
  const season = /in (spring|summer|autumn|winter) (\d{4})/.exec(text);
  if (season) {
    const [year, month] = [Number(season[2]), starts[season[1]!]!];
    return { from: firstDay(year, month), to: firstDay(year, month + 3) };
  }
  const quarter = /in Q(\d) of (\d{4})/.exec(text);
  if (quarter) {
    const [year, month] = [Number(quarter[2]), 3 * Number(quarter[1]) - 2];
    return { from: firstDay(year, month), to: firstDay(year, month + 3) };
  }
  const half = /in the first half of (\d{4})/.exec(text);
  if (half) return { from: `${half[1]}-01-01`, to: `${half[1]}-07-01` };
  const year = /in (\d{4})/.exec(text);
  if (!year) throw new Error(`no time in: ${text}`);
  return { from: `${year[1]}-01-01`, to: `${Number(year[1]) + 1}-01-01` };
}
