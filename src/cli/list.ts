/** `ttcbench policies`, `ttcbench benchmarks`, `ttcbench metrics`: what there is, with a sentence each. */
import { didYouMean, TtcError } from '../core/index.ts';
import {
  type ListedBenchmark,
  type ListedMetric,
  type ListedPolicy,
  listBenchmarks,
  listMetrics,
  listPolicies,
} from '../ttcbench/what-there-is.ts';

type Kind = 'policies' | 'benchmarks' | 'metrics';

/** @param name shows this one alone. @throws E_ARGUMENT where there is none of that name */
export function list(kind: Kind, name: string | undefined, { json }: { json?: boolean }): void {
  if (kind === 'policies') print(chosen(listPolicies(), name, kind), policyLines, json);
  else if (kind === 'benchmarks') print(chosen(listBenchmarks(), name, kind), benchmarkLines, json);
  else print(chosen(listMetrics(), name, kind), metricLines, json);
}

function chosen<T extends { name: string }>(all: readonly T[], name: string | undefined, kind: Kind): readonly T[] {
  if (name === undefined) return all;
  const found = all.filter((one) => one.name === name);
  if (found.length > 0) return found;
  const known = all.map((one) => one.name);
  throw new TtcError('E_ARGUMENT', `there is no ${JSON.stringify(name)} among the ${kind}${didYouMean(name, known)}`, {
    help: `ttcbench ${kind} lists them`,
  });
}

function print<T>(all: readonly T[], lines: (one: T) => string[], json: boolean | undefined): void {
  console.log(json ? JSON.stringify(all, null, 2) : all.map((one) => lines(one).join('\n')).join('\n\n'));
}

const places = { engine: 'inside the model', client: 'over a chat API' } as const;

const policyLines = ({ name, about, runs, paper, parameters }: ListedPolicy): string[] => [
  `${name}  (${runs.map((half) => places[half]).join(', ')})`,
  `  ${about}${paper ? ` ${paper}.` : ''}`,
  ...parameterLines(parameters),
];

const benchmarkLines = ({ name, about, scores, licence, maxTokens, needsData, options }: ListedBenchmark): string[] => [
  `${name}  (scores: ${scores.join(', ')}; at most ${maxTokens} tokens an answer; licence: ${licence})`,
  `  ${about.replace(/\.?$/, '.')}${needsData ? ` Needs --data ${name}=PATH.` : ''}`,
  ...parameterLines(options),
];

const betters = { more: 'more is better', less: 'less is better', neither: 'neither way is better' } as const;

const metricLines = ({ name, unit, better, about, missing }: ListedMetric): string[] => [
  `${name}  (${unit}, ${betters[better]})`,
  `  ${about}${missing ? ` Missing where ${missing}.` : ''}`,
];

type Parameters = ListedPolicy['parameters'];

function parameterLines(parameters: Parameters): string[] {
  const heads = parameters.map(({ name, fallback }) =>
    fallback === undefined ? name : `${name} = ${JSON.stringify(fallback)}`,
  );
  const width = Math.max(...heads.map((head) => head.length), 0);
  return parameters.map(
    ({ about, values }, at) =>
      `    ${heads[at]?.padEnd(width)}  ${[about, `(${values.replaceAll('`', '')})`].filter(Boolean).join(' ')}`,
  );
}
