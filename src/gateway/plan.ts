/** From the text of a request to the script of its answer. */
import { createRandom, seedOf } from '../core/index.ts';
import { type Account, goDuration, type Refusal } from './account.ts';
import { applyFault, drawFault, type FaultChoice } from './faults.ts';
import {
  type AnswerHead,
  errorBody,
  type Flavour,
  headFor,
  limitError,
  usageFields,
  wholeAnswer,
} from './groq-wire.ts';
import { type ChatRequest, readRequest } from './request-body.ts';
import { plainScript, type Script, type Speech, scriptOf } from './script.ts';
import type { ToolLine } from './tool-script.ts';
import { lineFor, type SpokenCall, spokenCalls, toolDeltas, wholeCalls } from './tool-speech.ts';
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
}

/** The words of an answer, without any limit on their number. */
function wordsFor(request: ChatRequest, line: ToolLine | undefined, options: PlanOptions): string[] {
  if (line?.say !== undefined) return tokensOf(line.say);
  const { models, flavour, seed } = options;
  const whole = say({
    seed,
    messages: request.messages,
    temperature: request.temperature,
    callSeed: request.seed,
    continues: flavour === 'groq',
    deviation: request.model === models[0] ? 0 : options.deviation,
    model: request.model,
  });
  return untilStop(whole, request.stops);
}

function finishOf({ toolChoice }: ChatRequest, calls: readonly SpokenCall[], isCut: boolean, flavour: Flavour): string {
  if (isCut) return 'length';
  // OpenAI ends a call that was demanded by name with `stop`.
  return calls.length > 0 && !(flavour === 'openai' && typeof toolChoice === 'object') ? 'tool_calls' : 'stop';
}

interface Answer extends Speech {
  calls: readonly SpokenCall[];
}

function speechOf(
  request: ChatRequest,
  head: AnswerHead,
  { calls, line }: { calls: readonly SpokenCall[]; line: ToolLine | undefined },
  options: PlanOptions,
): Answer {
  const { flavour, seed, queue, ttft, tpot, jitter, reasoning } = options;
  const deltas = toolDeltas(calls);
  const wanted = calls.length > 0 ? [] : wordsFor(request, line, options);
  const thoughts = Array.from({ length: Math.min(reasoning, request.maxTokens) }, (_, i) => (i === 0 ? 'Hm' : ' hm'));
  const room = request.maxTokens - thoughts.length;
  const tokens = wanted.slice(0, room);
  const tools = deltas.slice(0, room);
  const isCut = tokens.length < wanted.length || tools.length < deltas.length;
  const count = thoughts.length + tokens.length + tools.length;
  const random = createRandom(seedOf(seed, 'times', head.id));
  const gaps = Array.from({ length: count }, () => tpot * (1 + jitter * (2 * random() - 1)));
  return {
    head,
    reasoning: thoughts,
    tokens,
    tools,
    calls,
    finish: finishOf(request, calls, isCut, flavour),
    usage: {
      prompt: promptTokens(request),
      // The token that ends an answer is counted and not sent.
      completion: count + (isCut ? 0 : 1),
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

function answerOf(request: ChatRequest, speech: Answer): Script {
  if (request.stream) return scriptOf(speech);
  const { head, usage, finish, calls } = speech;
  const thoughts = speech.reasoning.length > 0 ? { reasoning: speech.reasoning.join('') } : {};
  const text = speech.tokens.join('');
  const message = calls.length > 0 ? { content: null, tool_calls: wholeCalls(calls) } : { content: text };
  const body = wholeAnswer(
    head,
    Array(request.n).fill({ ...message, ...thoughts }),
    finish,
    usageFields(usage, head.flavour),
  );
  return plainScript(200, body, { 'x-request-id': head.requestId }, speech.firstAt + usage.completionTime);
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
    const speech = speechOf(request, head, { calls, line }, options);
    const { prompt, completion } = speech.usage;
    facts.promptTokens += prompt;
    facts.completionTokens += completion;
    const plan = { script: answerOf(request, speech), model, refund: charged - prompt - completion, id: head.id };
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
      const charged = promptTokens(request) + request.maxTokens;
      const refusal = account.admit(charged, time);
      if (refusal) return { script: refused(refusal, request.model), model: request.model, refund: 0 };
      return spoken(request, sequence, charged);
    },
  };
}
