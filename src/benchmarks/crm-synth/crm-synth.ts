/**
 * CRM tasks over an organisation of our own making, in the shape of CRMArena and CRMArena-Pro (arXiv 2411.02305,
 * 2505.18878): the same families, tables, wire formats and scorers; every name, number and text is ours.
 *
 *   level 1, 2   text and extraction from one or two records
 *   level 3      the 22 families, with about six records in the prompt, or by an agent that knows which tables matter
 *   level 4      the 22 families, with as many records as the budget allows, or by an agent with all 27 tables
 *
 *   prompt       Which agent had the lowest mean handle time in Q2 of 2023? …
 *   reference    005Sy00000000lR3QAC
 *   reward       1 for this Id, by CRMArena's rule for exact answers
 */
import { z } from 'zod';
import { type Benchmark, type OpenBenchmark, TtcError } from '../../core/index.ts';
import { playAgent } from '../crm-agent/play-agent.ts';
import { crmSamples } from './crm-samples.ts';
import { families } from './families/index.ts';
import { buildOrg } from './org/build-org.ts';
import { openOrgDatabase } from './org/open-org-database.ts';
import type { Org } from './org/org.ts';
import type { CrmSample } from './sample.ts';
import { scoreAnswer } from './score-answer.ts';
import { scriptedUser } from './scripted-user.ts';
import { textFamilies } from './text/index.ts';
import { textSample } from './text/text-samples.ts';

const options = z.strictObject({
  level: z
    .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
    .default(1)
    .describe(
      '1 and 2: extraction and drafting from one or two records; 3 and 4: the 22 families, with few and with many records',
    ),
  mode: z
    .enum(['context', 'agent'])
    .default('context')
    .describe(
      'context: records stand in the prompt, one call; agent: the model queries a database, levels 3 and 4 only',
    ),
  families: z.array(z.string()).nonempty().optional().describe('families to play; all of the level unless given'),
  tasks: z.int().min(1).max(10_000).default(100).describe('tasks of each family'),
  seed: z.int().default(0).describe('seed of the organisation and the tasks'),
  size: z
    .enum(['S', 'M', 'L'])
    .default('S')
    .describe('size of the organisation at levels 3 and 4: S has 300 cases, M four times and L twenty times as many'),
  budget: z
    .union([z.literal(512), z.literal(1024), z.literal(2048), z.literal(4096)])
    .default(2048)
    .describe('tokens of a prompt with records at level 4, about'),
  wire: z
    .enum(['auto', 'text', 'tools'])
    .default('auto')
    .describe('how agents act: auto takes tool calls where the backend has them, and tagged text elsewhere'),
  turns: z
    .enum(['single', 'multi'])
    .default('single')
    .describe('agents: whether the user tells everything at once, or one fact after each answer'),
  max_turns: z.int().min(1).max(100).default(20).describe('agents: calls until the agent has to answer'),
});

export type CrmSynthOptions = z.output<typeof options>;

/** Generators of samples, one for each family. */
function sourcesOf(given: CrmSynthOptions, org: () => Org): Generator<CrmSample>[] {
  const { level, mode, seed, turns, budget } = given;
  if (level < 3) {
    if (mode === 'agent')
      throw new TtcError('E_BENCHMARK', `level ${level} of crm-synth has no mode agent`, { help: 'take level 3 or 4' });
    return chosen(textFamilies, given).map((family) => textSamples(family, given));
  }
  const setting = { level: level as 3 | 4, mode, turns, seed, budget };
  return chosen(families, given).map((family) => crmSamples(family, org(), setting));
}

function* textSamples(family: (typeof textFamilies)[number], { level, seed }: CrmSynthOptions): Generator<CrmSample> {
  for (let index = 0; ; index++) yield textSample(family, level as 1 | 2, seed, index);
}

function chosen<T extends { name: string }>(
  all: readonly T[],
  { families: wanted, level }: CrmSynthOptions,
): readonly T[] {
  const names = all.map(({ name }) => name);
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TtcError('E_BENCHMARK', `level ${level} of crm-synth has no family ${JSON.stringify(unknown)}`, {
      help: `it has ${names.join(', ')}`,
    });
  return all.filter(({ name }) => wanted?.includes(name) ?? true);
}

/** One of each family, then the next of each, drawn as they are asked for. */
async function* inTurns(sources: readonly Generator<CrmSample>[], tasks: number): AsyncGenerator<CrmSample> {
  const live = new Set(sources);
  for (let round = 0; round < tasks && live.size > 0; round++)
    for (const source of live) {
      const { value, done } = source.next();
      if (done) live.delete(source);
      else yield value;
    }
}

/** Options that change what a score means stand in the name. */
function labelOf({ level, mode, turns, budget }: CrmSynthOptions): string | undefined {
  if (level === 1) return undefined;
  const parts = [
    `level=${level}`,
    mode === 'agent' && 'agent',
    mode === 'agent' && turns === 'multi' && 'multi',
    mode === 'context' && level === 4 && `budget=${budget}`,
  ];
  return `crm-synth[${parts.filter(Boolean).join(',')}]`;
}

function openSynth(given: CrmSynthOptions): OpenBenchmark<CrmSample> {
  const { tasks, mode, wire, max_turns, size, seed } = given;
  let built: Org | undefined;
  const org = () => {
    built ??= buildOrg(size, seed);
    return built;
  };
  const label = labelOf(given);
  const database = openOrgDatabase(org);
  // Asked for here, so that options that do not fit together are refused before anything runs.
  sourcesOf(given, org);
  return {
    ...(label !== undefined && { label }),
    hasShots: given.level < 3,
    async *samples() {
      yield* inTurns(sourcesOf(given, org), tasks);
    },
    async play(sample, session) {
      const { messages, maxTokens, stop, prompt, agent } = sample;
      if (mode === 'context' || !agent)
        return { text: (await session.ask(messages, { maxTokens, ...(stop && { stop }) })).text };
      return await playAgent(
        {
          ...{ system: agent.system, opening: prompt, queries: await database.queries(), mostTurns: max_turns },
          ...{ wire, maxTokens, user: scriptedUser(agent.details) },
        },
        session,
      );
    },
    score: scoreAnswer,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

export const crmSynth: Benchmark<CrmSample, CrmSynthOptions> = {
  name: 'crm-synth',
  version: '2',
  about: 'CRM tasks over an organisation of our own making: drafts and extraction, or the 22 families of CRMArena-Pro',
  licence: 'MIT (ours)',
  options,
  maxTokens: 400,
  scores: ['reward', 'exact_match', 'rouge_l'],
  open: openSynth,
};
