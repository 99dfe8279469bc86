/** Draws the tasks of a family: parameters, then the rows they see, then what is right; what is not clear is drawn again. */
import { createDraw } from '../draw.ts';
import type { Org } from '../org/org.ts';
import { noRows, type Tables } from '../org/schema.ts';
import type { AnyFamily, Gold, Wording } from './family.ts';

export interface CrmTask {
  family: AnyFamily;
  index: number;
  params: unknown;
  /** The whole organisation, or the rows that a prompt shows. */
  tables: Tables;
  gold: Gold;
  wording: Wording;
}

export interface Drawing {
  seed: number;
  /** Rows of the main table in a prompt; undefined: the task is about the whole organisation. */
  size: number | undefined;
  /** Whether a prompt with these rows is short enough. */
  fits?(task: CrmTask): boolean;
}

const MOST_TRIES = 600;
/** No answer has more than this share of a family's tasks: who always gives the same answer gets little. */
const MOST_PERCENT = 22;

/** Without end, unless the organisation has no more tasks of the kind. */
export function* drawTasks(family: AnyFamily, org: Org, drawing: Drawing): Generator<CrmTask> {
  const given = new Map<string, number>();
  const asked = new Set<string>();
  for (let index = 0; ; index++) {
    const isFree = (task: CrmTask) => {
      const times = given.get(answerOf(task)) ?? 0;
      return times < Math.ceil((MOST_PERCENT * (index + 1)) / 100) && !asked.has(keyOf(task));
    };
    const task = drawTask(family, org, drawing, index, isFree);
    if (!task) return;
    given.set(answerOf(task), (given.get(answerOf(task)) ?? 0) + 1);
    asked.add(keyOf(task));
    yield task;
  }
}

const answerOf = ({ gold }: CrmTask) => [...gold.answers].sort().join();
const keyOf = ({ wording }: CrmTask) => [wording.question, ...wording.details].join();
const isNone = ({ answers }: Gold) => answers[0] === 'None';

/**
 * One in five has no record that fits, at a place in each five that the seed draws; of questions that may have to be
 * refused one in two.
 */
function wantsNone({ hasNone, answer, name }: AnyFamily, seed: number, index: number): boolean {
  if (!hasNone && answer !== 'refusal') return false;
  const of = hasNone ? 5 : 2;
  return createDraw('none', name, seed, Math.floor(index / of)).int(of) === index % of;
}

function drawTask(
  family: AnyFamily,
  org: Org,
  { seed, size, fits = () => true }: Drawing,
  index: number,
  isFree: (task: CrmTask) => boolean,
): CrmTask | undefined {
  const none = wantsNone(family, seed, index);
  const draw = createDraw('task', family.name, seed, index);
  const mayRepeat = family.answer === 'refusal';
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const params = family.sample(org, draw, none, size === undefined);
    if (params === undefined) continue;
    const tables =
      size === undefined ? org.tables : { ...noRows(), ...family.focus(org, params, { size, draw, none }) };
    const gold = family.gold(tables, params);
    if (!gold.isClear || isNone(gold) !== (family.hasNone && none)) continue;
    const task = { family, index, params, tables, gold, wording: family.ask(params, draw) };
    if ((mayRepeat || isFree(task)) && fits(task)) return task;
  }
  return undefined;
}
