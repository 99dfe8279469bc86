/** Which differences so many samples show, and how many would show a difference of 5 %. */
import { effectShown, samplesToShow } from '../stats/index.ts';
import type { Assessment } from './assess-cell.ts';
import { timeWords } from './decision-words.ts';
import { formatNumber } from './format-number.ts';
import type { Decision, Figure, ReportCell, ReportGroup, VsBaseline } from './report-types.ts';

type Draft = Pick<Decision, 'kind' | 'policies' | 'text' | 'figures'>;

const least = 0.05;

/**
 * With a chance of 80 %, at the level that a table with so many decisions leaves to each (Bonferroni, which is a little
 * stricter than what the verdicts use).
 */
export function powerOf(
  assessed: readonly Assessment[],
  policies: readonly ReportCell[],
  { headline, floor }: ReportGroup,
): Draft[] {
  const decided = policies.flatMap(({ vs_baseline }) =>
    Object.values(vs_baseline).filter(({ exploratory }) => !exploratory),
  );
  const asked = { alpha: 0.05 / Math.max(1, decided.length) };
  const shownBy = (comparison: VsBaseline | undefined) =>
    comparison?.deviation ? effectShown(comparison.n, comparison.deviation, asked) : null;
  const times = assessed.filter(({ cell }) => !cell.blocks);
  const [first] = times;
  const effects = times.flatMap(({ timeOf }) => shownBy(timeOf) ?? []).sort((a, b) => a - b);
  const n = Math.max(0, ...times.map(({ timeOf }) => timeOf?.n ?? 0));
  if (effects.length === 0) return [];
  const [small, large] = [effects[0], effects.at(-1)].map((one) => 100 * (one as number)) as [number, number];
  const figures: Figure[] = [
    { name: first?.timeName ?? 'generation_time', value: (small + large) / 2, low: small, high: large, unit: '%' },
    { name: 'samples', value: n, unit: 'samples' },
  ];
  const sizes = rangeOf(small, large, '%');
  const parts = [`a difference in ${first ? timeWords(first) : 'time'} has to be ${sizes}, by policy`];
  const points = assessed.flatMap(({ scoreOf }) =>
    !floor && scoreOf && scoreOf.differing > 5 ? (shownBy(scoreOf) ?? []) : [],
  );
  if (points.length > 0) {
    const [few, many] = [100 * Math.min(...points), 100 * Math.max(...points)];
    parts.push(`one in ${headline ?? 'the score'} ${rangeOf(few, many, 'points')}`);
    figures.push({ name: headline ?? 'reward', value: (few + many) / 2, low: few, high: many, unit: 'points' });
  }
  const needed = assessed.flatMap((one) => {
    const { time, timeOf, cell } = one;
    if ((time !== 'unclear' && time !== 'few') || cell.blocks || !timeOf?.deviation) return [];
    const count = samplesToShow(least, timeOf.deviation, asked);
    return count !== null && count > timeOf.n ? [{ name: cell.policy_name, count, metric: one.timeName }] : [];
  });
  for (const { name, count } of needed)
    figures.push({ policy_name: name, name: 'samples_to_show', value: count, unit: 'samples' });
  const more =
    needed.length > 0
      ? ` To show 5 % would take ${needed.map(({ name, count }) => `${formatNumber(count)} samples for ${name}`).join(', ')}.`
      : '';
  const text = `With ${n} samples ${parts.join(', ')}, to be shown with a chance of 80 % (all ${decided.length} decisions of the table counted).${more}`;
  return [{ kind: 'power', policies: needed.map(({ name }) => name), text, figures }];
}

function rangeOf(low: number, high: number, unit: string): string {
  const [first, last] = [low, high].map((one) => formatNumber(Number(one.toPrecision(2))));
  return first === last ? `${first} ${unit}` : `${first} to ${last} ${unit}`;
}
