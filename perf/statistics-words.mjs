/** What the tables of perf/statistics.mjs say, in sentences made from their numbers: prose cannot contradict them. */

export const lowest = 93;
/** Too wide is a lesser fault than too narrow, so small samples may have up to 98 %. */
export const highest = (n) => (n >= 50 ? 97 : 98);
export const highestError = 5.5;

const percent = (value) => `${value.toFixed(1)} %`;

function span(values, digits = 1) {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return low === high ? low : `${low} to ${high}`;
}

const label = ({ name, n }) => `${name}, n = ${n}`;
const list = (rows, text) => rows.map(text).join('; ');

/**
 * `coverage`: rows { name, n, rare, withheld, found: method → { covered, width } }; `errors`: rows { name, n,
 * exchangeable, rejected, difference, ratio }, all in percent. Rows of fewer than `fewest` samples get no verdict.
 */
export function wordsOf(coverage, errors, fewest) {
  const judged = coverage.filter(({ n, found }) => n >= fewest && found.taken);
  const errorRows = errors.filter(({ n }) => n >= fewest);
  return [...coverageWords(judged, fewest), ...widthWords(judged, fewest), ...errorWords(errors, errorRows)]
    .map((sentence) => `- ${sentence}`)
    .join('\n');
}

function coverageWords(rows, fewest) {
  const of = (method) => rows.filter(({ found }) => found[method]).map(({ found }) => found[method].covered);
  const misses = rows.filter(({ found }) => found.taken.covered < lowest);
  const wide = rows.filter(({ n, found }) => found.taken.covered > highest(n));
  const rest = rows.filter((row) => !misses.includes(row)).map(({ found }) => found.taken.covered);
  return [
    `From ${fewest} samples on the interval that ttcbench uses covers ${span(rest)} %${misses.length > 0 ? ', except in the rows of the next sentence' : ''}. On the same rows: bootstrap-t alone ${span(of('bootstrap-t'))} %, BCa ${span(of('BCa'))} %, Student's t ${span(of('Student'))} %.`,
    misses.length === 0
      ? `No row from ${fewest} samples on is below ${lowest} %.`
      : `Below the required ${lowest} %: ${list(misses, (row) => `${label(row)} (${percent(row.found.taken.covered)}${row.withheld > 0 ? `; ${row.withheld.toFixed(0)} % of the runs get no verdict` : ''})`)}.`,
    ...(wide.length === 0
      ? []
      : [`Wider than allowed: ${list(wide, (row) => `${label(row)} (${percent(row.found.taken.covered)})`)}.`]),
  ];
}

function widthWords(rows, fewest) {
  const widths = (keep) =>
    rows.filter(({ n, found }) => found.Student && keep(n)).map(({ found }) => found.taken.width / found.Student.width);
  return [
    `The interval is ${span(
      widths((n) => n >= 50),
      2,
    )} times as wide as that of Student's t from 50 samples on, and ${span(
      widths((n) => n === fewest),
      2,
    )} times at ${fewest}.`,
  ];
}

function errorWords(all, judged) {
  const fair = all.filter(({ exchangeable }) => exchangeable);
  const misses = fair.filter(({ rejected }) => rejected > highestError);
  const verdicts = (rows) => rows.flatMap(({ difference, ratio }) => [difference, ratio]).filter(Number.isFinite);
  const isFair = ({ exchangeable }) => exchangeable;
  const unfair = judged.filter((row) => !isFair(row));
  return [
    `Where policy and baseline are exchangeable, the test rejects in ${span(fair.map(({ rejected }) => rejected))} % of runs, and ${span(verdicts(judged.filter(isFair)))} % get \`better\` or \`worse\`. ${misses.length === 0 ? `No row is above ${highestError} %.` : `Above ${highestError} %: ${list(misses, (row) => `${label(row)} (${percent(row.rejected)})`)}.`}`,
    unfairWords(unfair),
  ];
}

function unfairWords(rows) {
  const withInterval = (row) => row.ratio ?? row.difference;
  const highestOf = (of) => label(rows.reduce((a, b) => (of(b) > of(a) ? b : a)));
  const highests = [...new Set([highestOf(({ rejected }) => rejected), highestOf(withInterval)])];
  return `Where only the means are equal, the test rejects in ${span(rows.map(({ rejected }) => rejected))} % of runs. With the interval it is ${span(rows.map(withInterval))} %. The highest of each: ${highests.join('; ')}.`;
}
