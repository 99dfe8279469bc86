import { resolve } from 'node:path';
import { didYouMean, type Metric, TtcError } from '../core/index.ts';
import { evaluator, type UserMetricOptions, type UserScore } from '../metrics/index.ts';
import { isExpressionFile, readExpressions } from './expression-file.ts';
import { loadModule } from './load-module.ts';

type Entry = UserMetricOptions & { score: UserScore };

/** A module is evaluated once, however often it is asked for. */
const loaded = new Set<string>();

/**
 * Metrics of `--metrics` modules and those that code added. A module adds them with `evaluator.addMetric` when it is
 * loaded. Or its default export is an object: name → function, or name → `{ score, unit, better, about }`. A file of
 * JSON is no module: it holds expressions.
 */
export async function userMetrics(modules: readonly string[]): Promise<Metric[]> {
  for (const path of modules) await load(path);
  return evaluator.metrics();
}

async function load(path: string): Promise<void> {
  if (loaded.has(resolve(path))) return;
  if (isExpressionFile(path)) {
    for (const [name, options] of Object.entries(readExpressions(path))) evaluator.addExpression(name, options);
    loaded.add(resolve(path));
    return;
  }
  const before = evaluator.metrics().length;
  const module = await loadModule(path, '--metrics');
  const scores = Object.entries((module.default ?? {}) as Record<string, unknown>);
  for (const [name, given] of scores) {
    const { score, ...options } = (typeof given === 'function' ? { score: given } : (given ?? {})) as Entry;
    if (typeof score !== 'function') throw noFunction(`--metrics ${path}: ${name}`, given);
    evaluator.addMetric(name, score, options);
  }
  if (scores.length === 0 && evaluator.metrics().length === before) {
    throw new TtcError('E_ARGUMENT', `--metrics ${path}: it adds no metric`, {
      help: 'export default { name: (prediction, reference) => number }',
    });
  }
  loaded.add(resolve(path));
}

const keys = ['score', 'unit', 'better', 'about'];

function noFunction(metric: string, given: unknown): TtcError {
  const isObject = typeof given === 'object' && given !== null;
  const wrong = isObject ? Object.keys(given).find((key) => !keys.includes(key)) : undefined;
  const instead = wrong === undefined ? '' : `; there is no key ${wrong}${didYouMean(wrong, keys)}`;
  const what = isObject ? 'has no function under score' : 'is not a function';
  return new TtcError('E_ARGUMENT', `${metric} ${what}${instead}`, {
    help: 'give a function (prediction, reference) => number, or { score, unit, better, about } with that function as score',
  });
}
