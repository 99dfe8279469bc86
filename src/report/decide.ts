/**
 * What a report comes to, in plain sentences: which policies pay and by how much, which lose and why, which did nothing,
 * and what so many samples cannot tell. Pure, so that terminal, Markdown, JSON and dashboard say the same. A sentence says
 * a difference only where the verdict of its interval does; the verdicts are those of the whole table.
 */
import { baselineName, noiseName } from '../rows/index.ts';
import { fewestBlocks } from '../stats/index.ts';
import { actionWords, type Prices, paradox } from './action-words.ts';
import { type Assessment, assessCell, driftOf } from './assess-cell.ts';
import {
  costWords,
  listOf,
  openPoints,
  openWords,
  perCorrectWords,
  pointsWords,
  relativeWords,
  type Said,
  timeWords,
} from './decision-words.ts';
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
  const about: About = { headline: group.headline ?? 'the score', prices, isDoubtful };
  const single = assessed.map((one) => sentenceOf(one, about));
  const kinds: readonly DecisionKind[] = ['use', 'trade', 'open', 'avoid'];
  const ranked = kinds.flatMap((kind) => single.filter((one): one is Draft => one?.kind === kind));
  const rest = assessed.filter((_, i) => !single[i]);
  const drafts = [
    ...cautions(group, noise?.vs_baseline[drift], drift, doubts),
    ...(ranked.some(({ kind }) => kind !== 'avoid') ? [] : nothingPays(assessed, rest)),
    ...ranked,
    ...together(rest, about),
    ...idle.map((cell) => idleWords(assessCell(cell, group, { noise, isDoubtful }), about)),
    ...absentWords(policies.filter((cell) => !ran.includes(cell))),
    ...powerOf(assessed, policies, group),
  ];
  const { benchmark, backend, model } = group;
  return drafts.map(({ kind, ...draft }) => ({ kind, benchmark, backend, model, ...draft }));
}

interface About {
  headline: string;
  prices: Prices;
  isDoubtful: boolean;
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

/** Notes that no decision says already. */
export const notesBeside = ({ run, decisions }: Pick<Report, 'run' | 'decisions'>): string[] =>
  (run.notes ?? []).filter(
    (note) =>
      !note.startsWith(doubt) ||
      !decisions.some(({ kind, text }) => kind === 'caution' && text.includes(note.slice(doubt.length))),
  );

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

function reasonOf(one: Assessment, { prices, isDoubtful }: About): string {
  const { cell, time } = one;
  const memory = cell.vs_baseline.kv_bytes_mean;
  const words = [
    ...actionWords(cell, prices, isDoubtful),
    ...paradox(cell, prices, time),
    ...(memory?.verdict === 'better' && memory.ratio.low !== null
      ? [`its KV cache takes ${relativeWords(memory, 'kv_bytes_mean', 'memory', cell.policy_name).text}`]
      : []),
  ];
  return words.length > 0 ? ` (${words.join('; ')})` : '';
}

/** Of the others what is shown of their time, a sentence each, those that are slower first. */
function together(rest: readonly Assessment[], about: About): Draft[] {
  const of = (...shown: Assessment['time'][]) => rest.filter(({ time }) => shown.includes(time));
  return [
    ...of('worse').map((one) =>
      timeSentence(
        one,
        about,
        'avoid',
        one.sameAnswers ? 'is slower for the same answers' : 'is slower and gains nothing that is shown',
      ),
    ),
    ...of('same').map((one) => timeSentence(one, about, 'same', `makes no difference to ${timeWords(one)}`)),
    ...of('unclear', 'few', 'none')
      .filter(({ cell, time }) => !cell.blocks || time === 'unclear')
      .map((one) => timeSentence(one, about, 'open', `is not shown to differ in ${timeWords(one)}`)),
    ...blockWords(rest.filter(({ cell, time }) => cell.blocks && (time === 'few' || time === 'none'))),
  ];
}

function timeSentence(one: Assessment, about: About, kind: DecisionKind, verb: string): Draft {
  const { cell, time, timeOf, timeName } = one;
  const { policy_name: name } = cell;
  const isOfTime = timeWords(one) === 'time';
  const said =
    time === 'worse' && timeOf
      ? relativeWords(timeOf, timeName, isOfTime ? '' : timeWords(one), name)
      : timeOf && timeOf.ratio.low !== null && openWords(timeOf, timeName, name);
  const few = time === 'few' ? ', too few samples' : '';
  const alone = kind === 'open' && time === 'unclear' && said && excludesZero(said.figure) ? standsAlone : '';
  const why = kind === 'open' ? '' : reasonOf(one, about);
  return {
    ...{ kind, policies: [name], figures: said ? [said.figure] : [] },
    text: `${name} ${verb}: ${said ? said.text : 'not measured'}${few}${alone}${why}.`,
  };
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

/** That no counter moved says nothing of what watching for a chance cost: answers and times are as they were measured. */
function idleWords(one: Assessment, about: About): Draft {
  const { cell, time, timeOf, timeName, cost, costOf, costName } = one;
  const { policy_name: name, idle = [], metrics } = cell;
  const figures: Figure[] = [];
  const say = ({ text, figure }: Said) => {
    figures.push(figure);
    return text;
  };
  const counters = idle.length > 0 ? ` (${listOf(idle)} stayed at 0)` : '';
  const same = metrics.agreement?.mean;
  const answers =
    same === undefined
      ? ''
      : same === 1
        ? " and gives the baseline's answers"
        : ", yet some of its answers differ from the baseline's";
  const isTime = time === 'worse' || time === 'better';
  const [shown, comparison, metric, what] =
    isTime || time === 'same' || !costOf || (cost !== 'worse' && cost !== 'better')
      ? ([time, timeOf, timeName, timeWords(one)] as const)
      : ([cost, costOf, costName ?? '', costWords(costName)] as const);
  const took = () => {
    if (!comparison || comparison.ratio.low === null) return '';
    if (shown === 'same')
      return `; its ${what} is the baseline's within the margin ${say(openWords(comparison, metric, name))}`;
    if (shown !== 'worse' && shown !== 'better')
      return `; whether looking for a chance costs ${what} is not shown ${say(openWords(comparison, metric, name))}`;
    const size = say(relativeWords(comparison, metric, what, name));
    return shown === 'worse'
      ? `; yet it takes ${size}${reasonOf(one, about)}`
      : `; that it takes ${size} is none of its doing`;
  };
  return { kind: 'idle', policies: [name], text: `${name} never acted${counters}${answers}${took()}.`, figures };
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
