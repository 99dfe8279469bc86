/** Days and minutes as whole numbers. All times are UTC. */
import { months } from '../words.ts';

const MINUTES_A_DAY = 1440;
/** The organisation lives in the years 2021 to 2024. */
export const firstMinute = Date.UTC(2021, 0, 1) / 60_000;
export const daysOfTheOrg = 1461;

/** `2021-06-07T10:50:00.000+0000` of a minute since 1970. */
export const stamp = (minute: number): string => `${new Date(minute * 60_000).toISOString().slice(0, -1)}+0000`;
/** `2021-06-07`. */
export const day = (minute: number): string => new Date(minute * 60_000).toISOString().slice(0, 10);
export const minuteOfDay = (days: number, minutes = 0): number => firstMinute + days * MINUTES_A_DAY + minutes;

/** Minutes since 1970 of a stamp or a day. */
export function minuteOf(text: string): number {
  const [year, month, date] = [text.slice(0, 4), text.slice(5, 7), text.slice(8, 10)].map(Number) as [
    number,
    number,
    number,
  ];
  const [hour, minute] = text.length > 10 ? [Number(text.slice(11, 13)), Number(text.slice(14, 16))] : [0, 0];
  return Date.UTC(year, month - 1, date, hour, minute) / 60_000;
}

export const daysBetween = (from: string, to: string): number =>
  (minuteOf(to.slice(0, 10)) - minuteOf(from.slice(0, 10))) / MINUTES_A_DAY;

/** `2023-03-01` for (2023, 3); months run on past 12 and before 1. */
export function firstOfMonth(year: number, month: number): string {
  return new Date(Date.UTC(year, month - 1, 1)).toISOString().slice(0, 10);
}

/** Name of the month of a stamp or a day. */
export const monthName = (text: string): string => months[Number(text.slice(5, 7)) - 1] as string;

/** From the first day on, up to but without the second; both `YYYY-MM-DD`, which sort as text before any stamp of the day. */
export interface Window {
  from: string;
  to: string;
}
export const isWithin = (text: string | number | null | undefined, { from, to }: Window): boolean =>
  typeof text === 'string' && text >= from && text < to;
