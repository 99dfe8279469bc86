/** From the text of a request to the script of its answer. */
import { createRandom, seedOf } from '../core/index.ts';
import {
  type AnswerHead,
  errorBody,
  type Flavour,
  type UsageFacts,
  usageFields,
  wholeAnswer,
  wholeCalls,
} from '../wire/index.ts';
import { type Account, goDuration, type Refusal } from './account.ts';
import { applyFault, drawFault, type FaultChoice } from './faults.ts';
import { headFor, limitError } from './groq-wire.ts';
import { sayJson } from './json-answer.ts';
import { type ChatRequest, readRequest } from './request-body.ts';
import { logprobsFor, plainScript, type Script, type Speech, scriptOf } from './script.ts';
import type { ToolLine } from './tool-script.ts';
import { lineFor, type SpokenCall, spokenCalls, toolDeltas } from './tool-speech.ts';
import { promptTokens, say, tokensOf, untilStop } from './words.ts';

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
  /** Times of a model as a share of the others': 0.25 is four times as fast. */
  pace?: Readonly<Record<string, number>>;
  /** Which tools it asks for, by the first line that fits. Without one it answers in words. */
  tools: readonly ToolLine[];
}

export interface Plan {
  script: Script;
  model: string;
  /** Tokens that were charged and will not be used. */
  refund: number;
  fault?: string;
  id?: string;
  /** What the answer costs where it is sent to its end. */
  usage?: { prompt: number; completion: number };
}

/** What the script has the model say and call, the same in each of several answers. */
interface Scripted {
  line: ToolLine | undefined;
  calls: readonly SpokenCall[];
}

interface Answer extends Speech {
  calls: readonly SpokenCall[];
}

/** All that would be said without a limit. Several answers to one request differ where they are drawn. */
function wholeOf(request: ChatRequest, index: number, { line, calls }: Scripted, options: PlanOptions): string[] {
  if (calls.length > 0) return [];
  if (line?.say !== undefined) return tokensOf(line.say);
  const { models, flavour, seed, deviation } = options;
  const { messages, temperature, model, json } = request;
  const callSeed = request.seed + index;
  if (json) {
    const said = messages.flatMap(({ role, content }) => [role, content]);
    return sayJson(seedOf(seed, 'json', temperature > 0 ? callSeed : 0, ...said), json.schema);
  }
  return say({
    ...{ seed, messages, temperature, callSeed, model },
    continues: flavour !== 'openai',
    deviation: model === models[0] ? 0 : deviation,
  });
}

function finishOf({ toolChoice }: ChatRequest, calls: readonly SpokenCall[], isCut: boolean, flavour: Flavour): string {
  if (isCut) return 'length';
  // OpenAI ends a call that was demanded by name with `stop`.
  return calls.length > 0 && !(flavour === 'openai' && typeof toolChoice === 'object') ? 'tool_calls' : 'stop';
}

function speechOf(
  request: ChatRequest,
  index: number,
  head: AnswerHead,
  scripted: Scripted,
  options: PlanOptions,
): Answer {
  const { flavour, seed, queue, ttft, tpot, jitter, reasoning } = options;
  const { calls } = scripted;
  const deltas = toolDeltas(calls);
  const wanted = untilStop(wholeOf(request, index, scripted, options), request.stops);
  const thoughts = Array.from({ length: Math.min(reasoning, request.maxTokens) }, (_, i) => (i === 0 ? 'Hm' : ' hm'));
  const room = request.maxTokens - thoughts.length;
  const tokens = wanted.slice(0, room);
  const tools = deltas.slice(0, room);
  const isCut = tokens.length < wanted.length || tools.length < deltas.length;
  const count = thoughts.length + tokens.length + tools.length;
  const random = createRandom(index === 0 ? seedOf(seed, 'times', head.id) : seedOf(seed, 'times', head.id, index));
  const pace = options.pace?.[request.model] ?? 1;
  const gaps = Array.from({ length: count }, () => pace * tpot * (1 + jitter * (2 * random() - 1)));
  return {
    ...{ head, tokens, tools, calls, reasoning: thoughts },
    finish: finishOf(request, calls, isCut, flavour),
    usage: {
      prompt: promptTokens(request),
      // The token that ends an answer is counted and not sent.
      completion: count + (isCut ? 0 : 1),
      reasoning: thoughts.length,
      queueTime: queue,
      promptTime: pace * ttft,
      completionTime: gaps.slice(1).reduce((sum, gap) => sum + gap, 0),
    },
    includeUsage: request.includeUsage,
    continuousUsage: flavour === 'vllm' && request.continuousUsage,
    logprobs: request.logprobs ? request.topLogprobs : undefined,
    firstAt: queue + pace * ttft,
    gap: (at) => gaps[at]!,
  };
}

/** Usage of all answers together: the prompt is read once. */
function together(speeches: readonly [Answer, ...Answer[]]): UsageFacts {
  const sum = (field: 'completion' | 'reasoning') => speeches.reduce((all, { usage }) => all + usage[field], 0);
  const completionTime = Math.max(...speeches.map(({ usage }) => usage.completionTime));
  return { ...speeches[0].usage, completion: sum('completion'), reasoning: sum('reasoning'), completionTime };
}

function speechesOf(
  request: ChatRequest,
  head: AnswerHead,
  scripted: Scripted,
  options: PlanOptions,
): [Answer, ...Answer[]] {
  const first = speechOf(request, 0, head, scripted, options);
  const others = Array.from({ length: request.n - 1 }, (_, i) => speechOf(request, i + 1, head, scripted, options));
  const all: [Answer, ...Answer[]] = [first, ...others];
  const usage = together(all);
  return [{ ...first, usage }, ...others.map((speech) => ({ ...speech, usage }))];
}

function answerOf(request: ChatRequest, speeches: [Answer, ...Answer[]]): Script {
  if (request.stream) return scriptOf(speeches);
  const [{ head, usage, firstAt }] = speeches;
  const choices = speeches.map(({ reasoning, tokens, calls, finish, logprobs }) => ({
    message: {
      ...(calls.length > 0 ? { content: null, tool_calls: wholeCalls(calls) } : { content: tokens.join('') }),
      ...(reasoning.length > 0 && { reasoning: reasoning.join('') }),
    },
    finish,
    logprobs: logprobs === undefined ? null : logprobsFor(tokens, logprobs),
  }));
  const body = wholeAnswer(head, choices, usageFields(usage, head.flavour));
  return plainScript(200, body, { 'x-request-id': head.requestId }, firstAt + usage.completionTime);
}

/** What Groq answers where the model asks for a tool that it was not offered. */
function strangerOf(calls: readonly SpokenCall[], { tools }: ChatRequest): Script | undefined {
  const stranger = calls.find((call) => !tools.some(({ name }) => name === call.name));
  if (!stranger) return undefined;
  const words = `Tool call validation failed: attempted to call tool '${stranger.name}' which was not in request.tools`;
  return plainScript(400, errorBody(words, 'invalid_request_error', { code: 'tool_use_failed' }), {});
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
    const line = lineFor(options.tools, request.messages);
    const calls = spokenCalls(request, line, seed);
    const stranger = strangerOf(calls, request);
    if (stranger) return { script: stranger, model, refund: charged, id: head.id };
    const speeches = speechesOf(request, head, { line, calls }, options);
    const { prompt, completion } = speeches[0].usage;
    facts.promptTokens += prompt;
    facts.completionTokens += completion;
    const plan = {
      script: answerOf(request, speeches),
      model,
      refund: charged - prompt - completion,
      id: head.id,
      usage: { prompt, completion },
    };
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
      const charged = promptTokens(request) + request.n * request.maxTokens;
      const refusal = account.admit(charged, time);
      if (refusal) return { script: refused(refusal, request.model), model: request.model, refund: 0 };
      return spoken(request, sequence, charged);
    },
  };
}
