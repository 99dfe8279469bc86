/** From the text of a request to the script of its answer. */
import { createRandom, seedOf } from '../core/index.ts';
import { type Account, goDuration, type Refusal } from './account.ts';
import { applyFault, drawFault, type FaultChoice } from './faults.ts';
import {
  type AnswerHead,
  type Flavour,
  headFor,
  limitError,
  type UsageFacts,
  usageFields,
  wholeAnswer,
} from './groq-wire.ts';
import { sayJson } from './json-answer.ts';
import { type ChatRequest, readRequest } from './request-body.ts';
import { logprobsFor, plainScript, type Script, type Speech, scriptOf } from './script.ts';
import { promptTokens, say, untilStop } from './words.ts';

export interface PlanOptions {
  models: readonly string[];
  flavour: Flavour;
  seed: number;
  /** Milliseconds in a queue, until the first token after that, and per token. */
  queue: number;
  ttft: number;
  tpot: number;
  /** Spread of the time per token, as a share of it. */
  jitter: number;
  /** Reasoning tokens before the answer. */
  reasoning: number;
  /** Share of words in which models after the first differ from it. */
  deviation: number;
}

export interface Plan {
  script: Script;
  model: string;
  /** Tokens that were charged and will not be used. */
  refund: number;
  fault?: string;
  id?: string;
}

/** All that would be said without a limit. Several answers to one request differ where they are drawn. */
function wholeOf(request: ChatRequest, index: number, { models, flavour, seed, deviation }: PlanOptions): string[] {
  const { messages, temperature, model, json } = request;
  const callSeed = request.seed + index;
  if (json) {
    const said = messages.flatMap(({ role, content }) => [role, content]);
    return sayJson(seedOf(seed, 'json', temperature > 0 ? callSeed : 0, ...said), json.schema);
  }
  return say({
    ...{ seed, messages, temperature, callSeed, model },
    continues: flavour === 'groq',
    deviation: model === models[0] ? 0 : deviation,
  });
}

function speechOf(request: ChatRequest, index: number, head: AnswerHead, options: PlanOptions): Speech {
  const { seed, queue, ttft, tpot, jitter, reasoning } = options;
  const whole = wholeOf(request, index, options);
  const wanted = untilStop(whole, request.stops);
  const thoughts = Array.from({ length: Math.min(reasoning, request.maxTokens) }, (_, i) => (i === 0 ? 'Hm' : ' hm'));
  const tokens = wanted.slice(0, request.maxTokens - thoughts.length);
  const isCut = tokens.length < wanted.length;
  const random = createRandom(index === 0 ? seedOf(seed, 'times', head.id) : seedOf(seed, 'times', head.id, index));
  const gaps = Array.from({ length: thoughts.length + tokens.length }, () => tpot * (1 + jitter * (2 * random() - 1)));
  return {
    head,
    reasoning: thoughts,
    tokens,
    finish: isCut ? 'length' : 'stop',
    usage: {
      prompt: promptTokens(request.messages),
      // The token that ends an answer is counted and not sent.
      completion: thoughts.length + tokens.length + (isCut ? 0 : 1),
      reasoning: thoughts.length,
      queueTime: queue,
      promptTime: ttft,
      completionTime: gaps.slice(1).reduce((sum, gap) => sum + gap, 0),
    },
    includeUsage: request.includeUsage,
    logprobs: request.logprobs ? request.topLogprobs : undefined,
    firstAt: queue + ttft,
    gap: (index) => gaps[index]!,
  };
}

/** Usage of all answers together: the prompt is read once. */
function together(speeches: readonly [Speech, ...Speech[]]): UsageFacts {
  const sum = (field: 'completion' | 'reasoning') => speeches.reduce((all, { usage }) => all + usage[field], 0);
  const completionTime = Math.max(...speeches.map(({ usage }) => usage.completionTime));
  return { ...speeches[0].usage, completion: sum('completion'), reasoning: sum('reasoning'), completionTime };
}

function speechesOf(request: ChatRequest, head: AnswerHead, options: PlanOptions): [Speech, ...Speech[]] {
  const first = speechOf(request, 0, head, options);
  const others = Array.from({ length: request.n - 1 }, (_, i) => speechOf(request, i + 1, head, options));
  const all: [Speech, ...Speech[]] = [first, ...others];
  const usage = together(all);
  return [{ ...first, usage }, ...others.map((speech) => ({ ...speech, usage }))];
}

function answerOf(request: ChatRequest, speeches: [Speech, ...Speech[]]): Script {
  if (request.stream) return scriptOf(speeches);
  const [{ head, usage, firstAt }] = speeches;
  const choices = speeches.map(({ reasoning, tokens, finish, logprobs }) => ({
    message: { content: tokens.join(''), ...(reasoning.length > 0 && { reasoning: reasoning.join('') }) },
    finish,
    logprobs: logprobs === undefined ? null : logprobsFor(tokens, logprobs),
  }));
  const body = wholeAnswer(head, choices, usageFields(usage, head.flavour));
  return plainScript(200, body, { 'x-request-id': head.requestId }, firstAt + usage.completionTime);
}

function refused(refusal: Refusal, model: string): Script {
  const { status, body } = limitError(refusal, model, goDuration(refusal.after ?? 0));
  const headers: Record<string, string> = {};
  if (refusal.after !== undefined) headers['retry-after'] = String(Math.ceil(refusal.after / 1000));
  return plainScript(status, body, headers);
}

export interface Planner {
  plan(text: string, sequence: number, time: number): Plan;
  setFaults(faults: readonly FaultChoice[]): void;
}

export function createPlanner(options: PlanOptions, account: Account): Planner {
  const { models, flavour, seed } = options;
  const { facts } = account;
  let faults: readonly FaultChoice[] = [];

  function spoken(request: ChatRequest, sequence: number, charged: number): Plan {
    const { model } = request;
    const head = headFor(seed, sequence, model, flavour);
    const speeches = speechesOf(request, head, options);
    const { prompt, completion } = speeches[0].usage;
    facts.promptTokens += prompt;
    facts.completionTokens += completion;
    const plan = { script: answerOf(request, speeches), model, refund: charged - prompt - completion, id: head.id };
    const fault = drawFault(faults, createRandom(seedOf(seed, 'fault', sequence))());
    if (!fault) return plan;
    facts.faults[fault.name] = (facts.faults[fault.name] ?? 0) + 1;
    return { ...plan, script: applyFault(plan.script, fault, model), fault: fault.name };
  }

  return {
    setFaults(next) {
      faults = next;
    },
    plan(text, sequence, time) {
      const request = readRequest(text, models, flavour);
      if ('status' in request) return { script: plainScript(request.status, request.body, {}), model: '', refund: 0 };
      const charged = promptTokens(request.messages) + request.n * request.maxTokens;
      const refusal = account.admit(charged, time);
      if (refusal) return { script: refused(refusal, request.model), model: request.model, refund: 0 };
      return spoken(request, sequence, charged);
    },
  };
}
