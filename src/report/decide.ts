/**
 * What a report comes to, in plain sentences: which policies pay and by how much, which lose and why, which did nothing,
 * and what so many samples cannot tell. Pure, so that terminal, Markdown, JSON and dashboard say the same. A sentence says
 * a difference only where the verdict of its interval does; the verdicts are those of the whole table.
 */
import { baselineName, noiseName } from '../rows/index.ts';
import { fewestBlocks } from '../stats/index.ts';
import { actionWords, draftPrice, type Prices } from './action-words.ts';
import { type Assessment, assessCell, driftOf } from './assess-cell.ts';
import {
  capital,
  costWords,
  countWords,
  listOf,
  openPoints,
  openWords,
  perCorrectWords,
  pointsWords,
  relativeWords,
  type Said,
  timeWords,
} from './decision-words.ts';
import { formatNumber } from './format-number.ts';
import { powerOf } from './power-words.ts';
import {
  type Decision,
  type DecisionKind,
  type Figure,
  groupKey,
  type Report,
  type ReportCell,
  type ReportGroup,
  type VsBaseline,
} from './report-types.ts';

/** Group by group, the most important first. */
export function decide({ groups, cells, run }: Pick<Report, 'groups' | 'cells' | 'run'>): Decision[] {
  return groups.flatMap((group) => {
    const own = cells.filter((cell) => groupKey(cell) === groupKey(group));
    return decideGroup(group, own, run.pass_ms, run.notes ?? []);
  });
}

type Draft = Pick<Decision, 'kind' | 'policies' | 'text' | 'figures'>;

function decideGroup(
  group: ReportGroup,
  cells: readonly ReportCell[],
  prices: Prices,
  notes: readonly string[],
): Decision[] {
  const noise = cells.find(({ policy_name }) => policy_name === noiseName);
  const policies = cells.filter(({ policy_name }) => policy_name !== noiseName && policy_name !== baselineName);
  const baseline = cells.find(({ policy_name }) => policy_name === baselineName);
  if (!baseline || policies.length === 0) return [];
  const ran = policies.filter(({ trials, failed, unsupported }) => trials > failed + unsupported);
  const idle = ran.filter(({ acted }) => acted === false);
  const doubts = notes.filter((note) => note.startsWith(doubt)).map((note) => note.slice(doubt.length));
  const isDoubtful = doubts.length > 0;
  const assessed = ran
    .filter((cell) => !idle.includes(cell))
    .map((cell) => assessCell(cell, group, { noise, isDoubtful }));
  const drift = isDoubtful && baseline.metrics.cpu_seconds ? 'cpu_seconds' : 'generation_time';
  const about: About = { headline: group.headline ?? 'the score', prices };
  const single = assessed.map((one) => sentenceOf(one, about));
  const kinds: readonly DecisionKind[] = ['use', 'trade', 'open', 'avoid'];
  const ranked = kinds.flatMap((kind) => single.filter((one): one is Draft => one?.kind === kind));
  const rest = assessed.filter((_, i) => !single[i]);
  const drafts = [
    ...cautions(group, noise?.vs_baseline[drift], drift, doubts),
    ...(ranked.some(({ kind }) => kind !== 'avoid') ? [] : nothingPays(assessed, rest)),
    ...ranked,
    ...together(rest, about),
    ...idleWords(idle),
    ...absentWords(policies.filter((cell) => !ran.includes(cell))),
    ...powerOf(assessed, policies, group),
  ];
  const { benchmark, backend, model } = group;
  return drafts.map(({ kind, ...draft }) => ({ kind, benchmark, backend, model, ...draft }));
}

interface About {
  headline: string;
  prices: Prices;
}

function cautions(group: ReportGroup, noise: VsBaseline | undefined, name: string, doubts: readonly string[]): Draft[] {
  const said = (text: string, figures: Figure[] = []): Draft => ({ kind: 'caution', policies: [], text, figures });
  const what = name === 'cpu_seconds' ? 'CPU time' : 'time';
  const drift = noise && driftOf(noise) ? relativeWords(noise, name, what, noiseName) : undefined;
  return [
    ...(doubts.length > 0
      ? [
          said(
            `Times of this run are in doubt: ${doubts.join('; ')}.${what === 'time' ? '' : ' So what follows goes by CPU time.'}`,
          ),
        ]
      : []),
    ...(drift
      ? [
          said(
            `The machine changed during the run: the baseline played again took ${drift.text}. Only differences beyond that count below.`,
            [drift.figure],
          ),
        ]
      : []),
    ...(group.floor
      ? [said('The baseline is no better than the best constant answer: nothing here says how good answers are.')]
      : []),
  ];
}

/** How notes on doubtful times begin. */
const doubt = 'times of this run are in doubt: ';

/** Said only where it is shown of all; else, that nothing was shown. */
function nothingPays(assessed: readonly Assessment[], rest: readonly Assessment[]): Draft[] {
  if (assessed.length === 0) return [];
  const isKnown = rest.every(
    ({ time, cost }) =>
      (time === 'same' || time === 'worse') && (cost === 'same' || cost === 'worse' || cost === 'none'),
  );
  const text = isKnown ? 'No policy pays here.' : 'No policy is shown to pay here.';
  return [{ kind: 'avoid', policies: [], text, figures: [] }];
}

const isSame = ({ score, sameAnswers }: Assessment) => sameAnswers || score === 'same' || score === 'better';

/** Of a policy that deserves a sentence of its own; undefined where several can share one. */
function sentenceOf(one: Assessment, about: About): Draft | undefined {
  const { cell, time, score, cost } = one;
  const { policy_name: name } = cell;
  const saves = time === 'better' || (time !== 'worse' && cost === 'better');
  const figures: Figure[] = [];
  const say = ({ text, figure }: Said) => {
    figures.push(figure);
    return text;
  };
  const draft = (kind: DecisionKind, text: string): Draft => ({ kind, policies: [name], text, figures });
  const savings = () => {
    const isTime = time === 'better';
    const [comparison, metric, what] = isTime
      ? [one.timeOf, one.timeName, timeWords(one)]
      : [one.costOf, one.costName ?? '', costWords(one.costName)];
    return comparison ? `takes ${say(relativeWords(comparison, metric, what, name))}` : '';
  };
  const price = () =>
    time === 'better' && cost === 'worse' && one.costOf
      ? `, for ${say(relativeWords(one.costOf, one.costName ?? '', costWords(one.costName), name))}`
      : '';
  if (saves && (isSame(one) || score === 'none')) {
    const kept = answersOf(one, about, say);
    if (score === 'none' && !one.sameAnswers) return draft('trade', `${name} ${savings()}${price()}; ${kept}.`);
    const extra = price();
    if (extra !== '') return draft('trade', `${name} ${savings()}${extra}; ${kept}.`);
    return draft('use', `Use ${name} here: it ${savings()} and ${kept}${reasonOf(one, about)}.`);
  }
  if (saves && score === 'worse' && one.scoreOf) {
    const lost = `${name} ${savings()}${price()} and loses ${say(pointsWords(one.scoreOf, about.headline, name))}`;
    const dear = perCorrectWords(one);
    if (!dear) return draft('trade', `${lost}.`);
    return draft(
      dear.isDear ? 'avoid' : 'trade',
      `${lost}: ${say(dear)}${dear.isDear ? ', so it is not worth it' : ''}.`,
    );
  }
  if (saves) {
    const saved = `${name} ${savings()}${price()}`;
    const range = one.scoreOf?.difference.low == null ? '' : ` ${say(openPoints(one.scoreOf, about.headline, name))}`;
    return draft('open', `${saved}; whether that changes ${about.headline}${range} is not shown.`);
  }
  if (score === 'better' && one.scoreOf) {
    const gain = `${name} gains ${say(pointsWords(one.scoreOf, about.headline, name))}`;
    if (time === 'worse' && one.timeOf)
      return draft('trade', `${gain} for ${say(relativeWords(one.timeOf, one.timeName, timeWords(one), name))}.`);
    return draft(time === 'same' ? 'use' : 'trade', `${gain}${time === 'same' ? ' in the same time' : ''}.`);
  }
  if (score === 'worse' && one.scoreOf) {
    const slower = time === 'worse' && one.timeOf;
    const costs = slower ? ` and takes ${say(relativeWords(slower, one.timeName, timeWords(one), name))}` : '';
    const saved = time === 'same' ? ' and saves no time' : time === 'worse' ? '' : ', and no saving of time is shown';
    return draft(
      'avoid',
      `${name} loses ${say(pointsWords(one.scoreOf, about.headline, name))}${costs}${saved}${reasonOf(one, about)}.`,
    );
  }
  return undefined;
}

function answersOf(one: Assessment, { headline }: About, say: (said: Said) => string): string {
  const { score, sameAnswers, scoreOf, cell } = one;
  if (sameAnswers) return 'gives the same answers';
  if (score === 'better' && scoreOf) return `gains ${say(pointsWords(scoreOf, headline, cell.policy_name))}`;
  if (score === 'same' && scoreOf)
    return `keeps ${headline} within its margin ${say(openPoints(scoreOf, headline, cell.policy_name))}`;
  return 'nothing here says how good its answers are';
}

function reasonOf({ cell }: Assessment, { prices }: About): string {
  const memory = cell.vs_baseline.kv_bytes_mean;
  const words = [
    ...actionWords(cell, prices),
    ...(memory?.verdict === 'better' && memory.ratio.low !== null
      ? [`its KV cache takes ${relativeWords(memory, 'kv_bytes_mean', 'memory', cell.policy_name).text}`]
      : []),
  ];
  return words.length > 0 ? ` (${words.join('; ')})` : '';
}

/** Those that share what is shown of their time, each with its interval and with what explains it. */
function together(rest: readonly Assessment[], about: About): Draft[] {
  const of = (...shown: Assessment['time'][]) => rest.filter(({ time }) => shown.includes(time));
  return [
    ...groupWords(of('worse'), about, 'avoid', slowerWords),
    ...groupWords(of('same'), about, 'same', ([one]) => `makes no difference to ${one ? timeWords(one) : 'time'}`),
    ...groupWords(
      of('unclear', 'few', 'none').filter(({ cell, time }) => !cell.blocks || time === 'unclear'),
      about,
      'open',
      ([one]) => `is not shown to differ in ${one ? timeWords(one) : 'time'}`,
    ),
    ...blockWords(rest.filter(({ cell, time }) => cell.blocks && (time === 'few' || time === 'none'))),
  ];
}

const slowerWords = (ones: readonly Assessment[]) =>
  ones.every(({ sameAnswers }) => sameAnswers)
    ? 'is slower for the same answers'
    : 'is slower and gains nothing that is shown';

function groupWords(
  ones: readonly Assessment[],
  about: About,
  kind: DecisionKind,
  what: (ones: readonly Assessment[]) => string,
): Draft[] {
  if (ones.length === 0) return [];
  const figures: Figure[] = [];
  const policies = ones.map(({ cell }) => cell.policy_name);
  const evidence = ones.map((one) => {
    const { cell, time, timeOf } = one;
    const isShown = time === 'worse' && timeOf;
    const said = isShown
      ? relativeWords(timeOf, one.timeName, '', cell.policy_name)
      : timeOf && timeOf.ratio.low !== null && openWords(timeOf, one.timeName, cell.policy_name);
    if (said) figures.push(said.figure);
    const few = time === 'few' ? ', too few samples' : '';
    const alone = kind === 'open' && time === 'unclear' && said && excludesZero(said.figure) ? standsAlone : '';
    return `${said ? said.text : 'not measured'}${few}${alone}${kind === 'open' ? '' : reasonOf(one, about)}`;
  });
  const verb = what(ones);
  const shared = sharedPrice(ones, about);
  if (ones.length === 1) return [{ kind, policies, text: `${policies[0]} ${verb}: ${evidence[0]}.${shared}`, figures }];
  const many = verb
    .replace(/^is /, 'are ')
    .replace(/^makes /, 'make ')
    .replace('gains', 'gain');
  const each = policies.map((name, i) => `${name} ${evidence[i]}`).join('; ');
  return [{ kind, policies, text: `${capital(countWords(ones.length))} ${many}: ${each}.${shared}`, figures }];
}

/** The interval is that of one comparison; the verdict counts all decisions of the table. */
const standsAlone = ' (shown by itself, but not with all decisions of the table counted)';
const excludesZero = ({ low, high }: Figure) => (low ?? 0) > 0 || (high ?? 0) < 0;

/** Trials that are offered at once are one measurement together. */
function blockWords(ones: readonly Assessment[]): Draft[] {
  if (ones.length === 0) return [];
  const policies = ones.map(({ cell }) => cell.policy_name);
  const asked = Math.max(...ones.map(({ cell }) => cell.blocks?.asked ?? cell.blocks?.offered ?? 0));
  const played = Math.max(...ones.map(({ timeOf }) => timeOf?.n ?? 0));
  const figure = { name: 'samples', value: fewestBlocks * asked, unit: 'samples' } as const;
  const text = `Nothing is known yet of ${listOf(policies)}: trials that are offered at once are measured as a block. A verdict takes ${fewestBlocks} blocks of different samples, ${fewestBlocks * asked} samples; this run has ${played}.`;
  return [{ kind: 'open', policies, text, figures: [figure] }];
}

/** What passes cost explains most of those that bet on several rows in one. */
function sharedPrice(ones: readonly Assessment[], { prices }: About): string {
  const five = prices?.['5'];
  const one = prices?.['1'];
  if (ones.length < 2 || !five || !one || !ones.some(({ cell }) => draftPrice(cell, prices))) return '';
  return ` A pass of five rows costs ${formatNumber(five / one)} times one row here.`;
}

function idleWords(cells: readonly ReportCell[]): Draft[] {
  if (cells.length === 0) return [];
  const names = cells.map(({ policy_name }) => policy_name);
  const text = `${listOf(names)} never acted: ${names.length === 1 ? 'its answers and times are' : 'their answers and times are'} the baseline's.`;
  return [{ kind: 'idle', policies: names, text, figures: [] }];
}

/** The most of a message that fits among decisions; all of it stands under the failures. */
const longestReason = 200;

function causeOf(failure: ReportCell['failures'][number] | undefined): string {
  if (!failure) return '';
  const message = failure.message.replace(/\.$/, '');
  const shown = message.length > longestReason ? `${message.slice(0, longestReason - 1).trimEnd()}…` : message;
  return `: ${failure.code}, ${shown}`;
}

function absentWords(cells: readonly ReportCell[]): Draft[] {
  return cells.map(({ policy_name, trials, unsupported, failures }) => ({
    kind: 'absent',
    policies: [policy_name],
    text: `${policy_name} ${unsupported === trials ? 'does not run here' : 'failed in every trial'}${causeOf(failures[0])}.`,
    figures: [],
  }));
}
