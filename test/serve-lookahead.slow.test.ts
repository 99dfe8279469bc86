/**
 * Step look-ahead over `serve`, on a real model: the baseline's bytes at temperature 0, and drafts that stand as often as
 * the two models' texts agree, counted from plain answers of each. The faster model is the same file with another policy,
 * so that some of its steps are wrong.
 *
 * TTCBENCH_LOOKAHEAD_SAMPLES=24 plays more.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientKitOf, openVariant } from '../src/assembly/open-variant.ts';
import type { ApiBackend } from '../src/backends/api-backend.ts';
import { openOpenAiBackend } from '../src/backends/openai.ts';
import { type Call, createMeter, type Generate } from '../src/core/index.ts';
import { resolveModel } from '../src/models/index.ts';
import type { OpenedModel, RunningServer } from '../src/serve/index.ts';
import { openTiny, serving } from './support/serving.ts';

const samples = Number(process.env.TTCBENCH_LOOKAHEAD_SAMPLES ?? 4);
const folder = mkdtempSync(join(tmpdir(), 'ttcbench-lookahead-'));
const { signal } = new AbortController();
const models: OpenedModel[] = [];
let server: RunningServer & AsyncDisposable;
let backend: ApiBackend;
beforeAll(async () => {
  const path = join(folder, 'hasty.gguf');
  copyFileSync((await resolveModel('tiny8', { offline: true })).path, path);
  models.push(await openTiny());
  models.push(
    await openTiny({
      model: path,
      policy: 'early_exit_28',
      params: { exit_layer: 4, of_layers: null, confidence_threshold: 0.3 },
    }),
  );
  server = await serving(models);
  const [target, fast] = models.map(({ name }) => name) as [string, string];
  const options = { baseUrls: [server.url], apiKeyEnv: null, environment: {} };
  backend = await openOpenAiBackend({ model: target, fastModel: fast, ...options });
});
afterAll(async () => {
  await backend?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  for (const model of models) await model[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const lookahead = 3;
const params = { unit: 'line', lookahead_tokens: lookahead };
const [who, what] = ['a dog,a cat,a case,a meeting,an agent,a ship'.split(','), 'sea,harbour,order,month'.split(',')];
/** tiny8 answers such prompts with a plan, a step a line. */
const callOf = (at: number): Call => ({
  messages: [
    {
      role: 'user',
      content: `Write a long story about ${who[at % who.length]}, ${who[(at + 2) % who.length]} and the ${what[Math.floor(at / who.length) % what.length]}.`,
    },
  ],
  maxTokens: 64,
  temperature: 0,
  seed: 1,
});

interface Said {
  text: string;
  reason: string;
  /** Where tokens end. */
  places: number[];
  sums: Record<string, number>;
}

async function play(generate: Generate, call: Call): Promise<Said> {
  const meter = createMeter();
  const said: Said = { text: '', reason: '', places: [], sums: meter.counters.sums };
  for await (const part of generate(call, { signal, meter })) {
    if (part.type === 'end') said.reason = part.reason;
    if (part.type !== 'text') continue;
    for (const { length } of part.ends ?? [{ length: part.text.length }]) said.places.push(said.text.length + length);
    said.text += part.text;
  }
  return said;
}

/** The end of the line that begins at a place, without the blanks at its end. */
function stepEnd({ text }: Said, from: number): number | undefined {
  const found = [...text.matchAll(/\S(?=[^\S\n]*\n)/g)].find(({ index }) => index >= from);
  return found && found.index + 1;
}

/** Whether each drafted step is the target's, by plain answers of both models, in the order in which they are judged. */
async function verdictsOf(own: Said, fast: Generate, call: Call): Promise<boolean[]> {
  const verdicts: boolean[] = [];
  for (let [from, after] = [0, -1]; ; ) {
    while (from <= after) {
      const end = stepEnd(own, from);
      if (end === undefined) return verdicts;
      from = end;
    }
    const maxTokens = call.maxTokens - own.places.filter((place) => place <= from).length;
    if (maxTokens < 2) return verdicts;
    const begun = own.text.slice(0, from);
    const drafted = await play(fast, { ...call, maxTokens, ...(begun !== '' && { continue: begun }) });
    const whole: Said = { ...drafted, text: begun + drafted.text, places: drafted.places.map((place) => from + place) };
    const ends: number[] = [];
    while (ends.length < lookahead) {
      const last = whole.reason === 'stop' ? whole.text.length : undefined;
      const end = stepEnd(whole, ends.at(-1) ?? from) ?? last;
      if (end === undefined || end <= (ends.at(-1) ?? from)) break;
      ends.push(end);
    }
    let place = from;
    while (place < Math.min(own.text.length, whole.text.length) && own.text[place] === whole.text[place]) place++;
    const right = ends.filter((end) => end <= place);
    const start = right.at(-1) ?? from;
    verdicts.push(...right.map(() => true));
    if (right.length === lookahead) [from, after] = [start, start - 1];
    else if (place < Math.min(own.text.length, ends.length === lookahead ? ends.at(-1)! : whole.text.length)) {
      verdicts.push(false);
      [from, after] = [start, Math.max(start, place - 1)];
    } else if (own.text.length > whole.text.length) [from, after] = [start, start];
    else return verdicts;
  }
}

it('says the baseline’s bytes, and its drafts stand as often as plain answers agree', async () => {
  const kit = clientKitOf(backend);
  const ahead = await openVariant(backend, 'speculative_decoding', params, kit, signal, { offline: true });
  const fast = backend.another(backend.fastModel as string);
  const judged: boolean[] = [];
  for (let at = 0; at < samples; at++) {
    const call = callOf(at);
    const own = await play(backend.generate, call);
    const played = await play(ahead, call);
    expect([played.text, played.reason]).toEqual([own.text, own.reason]);
    expect(played.places.length).toBe(own.places.length);
    const { drafted = 0, accepted = 0 } = played.sums;
    // An answer waits for no draft: the last ones may never be judged.
    const verdicts = (await verdictsOf(own, fast, call)).slice(0, drafted);
    expect({ drafted, accepted }).toEqual({ drafted: verdicts.length, accepted: verdicts.filter(Boolean).length });
    judged.push(...verdicts);
  }
  expect(judged.filter(Boolean).length).toBeGreaterThan(0);
  if (process.env.TTCBENCH_LOOKAHEAD_SAMPLES)
    console.log(`${samples} of ${samples} equal; ${judged.filter(Boolean).length} of ${judged.length} steps stand`);
});
