/** Tool calls of the simulator, as the official client takes them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parseFault } from './faults.ts';
import { type SimulateOptions, type Simulator, startSimulator } from './simulate.ts';
import { readToolScript, type ToolLine } from './tool-script.ts';

const model = 'openai/gpt-oss-20b';
const servers: Simulator[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const tool = (name: string): OpenAI.ChatCompletionTool => ({
  type: 'function',
  function: {
    name,
    description: `The tool ${name}.`,
    parameters: { type: 'object', properties: { key: { type: 'string' }, n: { type: 'integer' } }, required: ['n'] },
  },
});
const tools = [tool('look_up'), tool('add')];
const script: ToolLine[] = [
  {
    turn: 0,
    when: 'sum',
    calls: [
      { name: 'look_up', arguments: { key: 'a “quoted” name, 12' } },
      { name: 'add', arguments: { n: 2 } },
    ],
  },
  { turn: 1, say: 'It is 14.' },
];
type Messages = OpenAI.ChatCompletionMessageParam[];
const asked: Messages = [{ role: 'user', content: 'What is the sum?' }];

async function open(options: SimulateOptions = {}) {
  const server = await startSimulator({ tools: script, ...options });
  servers.push(server);
  return new OpenAI({ baseURL: server.url, apiKey: 'any', maxRetries: 0 });
}

type Request = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>;
const request = (more: Request = {}) => ({ model, messages: asked, tools, ...more });

/** What the client's own helper makes of the stream. */
const streamed = async (openai: OpenAI, more: Request = {}) =>
  (await openai.chat.completions.stream(request(more) as never).finalChatCompletion()).choices[0]!;

const callsOf = (message: OpenAI.ChatCompletionMessage) =>
  message.tool_calls?.map((call) =>
    call.type === 'function' ? [call.function.name, JSON.parse(call.function.arguments)] : [],
  );

const scripted = [
  ['look_up', { key: 'a “quoted” name, 12' }],
  ['add', { n: 2 }],
];

describe('a scripted tool call', () => {
  it('comes in pieces that the official client joins, the same as in one answer', async () => {
    const openai = await open();
    const stream = await openai.chat.completions.create({ ...request(), stream: true });
    const deltas: OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall[] = [];
    for await (const chunk of stream) deltas.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
    expect(deltas.filter(({ id }) => id !== undefined).map(({ index }) => index)).toEqual([0, 1]);
    expect(deltas.length).toBeGreaterThan(8);
    const { message, finish_reason } = await streamed(openai);
    expect([callsOf(message), finish_reason]).toEqual([scripted, 'tool_calls']);
    const whole = (await openai.chat.completions.create(request())).choices[0]!;
    expect([whole.message.content, whole.finish_reason]).toEqual([null, 'tool_calls']);
    expect(message.tool_calls).toMatchObject(whole.message.tool_calls as object[]);
  });

  it.each(['many-tokens', 'coalesced', 'split-bytes', 'crlf'])('survives the fault %s', async (name) => {
    const openai = await open({ faults: [parseFault(name)] });
    expect(callsOf((await streamed(openai)).message)).toEqual(scripted);
  });

  it('is followed by the answer once its results are there', async () => {
    const openai = await open();
    const { message } = await streamed(openai);
    const results = message.tool_calls!.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: '12' }));
    const second = await streamed(openai, { messages: [...asked, message, ...results] as Messages });
    expect(second).toMatchObject({ finish_reason: 'stop', message: { content: 'It is 14.' } });
    expect(second.message.tool_calls).toBeUndefined();
  });

  it('is counted, and cut at the token limit', async () => {
    const openai = await open();
    const { usage, choices } = await openai.chat.completions.create(
      request({ max_completion_tokens: 3, stream: false }),
    );
    expect([usage?.completion_tokens, choices[0]?.finish_reason]).toEqual([3, 'length']);
    const { prompt_tokens: without } = (await openai.chat.completions.create({ model, messages: asked })).usage!;
    expect(usage?.prompt_tokens).toBeGreaterThan(without);
  });
});

describe('tool_choice', () => {
  it('none gives words, auto what the script says', async () => {
    const openai = await open();
    const { message } = await streamed(openai, { tool_choice: 'none' });
    expect([callsOf(message) ?? [], message.content === '']).toEqual([[], false]);
    expect(callsOf((await streamed(openai, { tool_choice: 'auto' })).message)).toEqual(scripted);
    const other: Messages = [{ role: 'user', content: 'Hello.' }];
    expect(callsOf((await streamed(openai, { messages: other })).message) ?? []).toEqual([]);
  });

  it('required gives a call even where the script has none, with arguments that its schema demands', async () => {
    const openai = await open({ tools: [] });
    expect(callsOf((await streamed(openai, { tool_choice: 'required' })).message)).toEqual([['look_up', { n: 1 }]]);
  });

  it('a name gives that tool, which OpenAI ends with stop', async () => {
    const named: Request = { tool_choice: { type: 'function', function: { name: 'add' } } };
    const groq = await streamed(await open(), named);
    expect([callsOf(groq.message), groq.finish_reason]).toEqual([[['add', { n: 2 }]], 'tool_calls']);
    const openai = await streamed(await open({ flavour: 'openai' }), named);
    expect([callsOf(openai.message), openai.finish_reason]).toEqual([[['add', { n: 2 }]], 'stop']);
  });

  it('parallel_tool_calls: false gives one', async () => {
    expect(callsOf((await streamed(await open(), { parallel_tool_calls: false })).message)).toEqual(
      scripted.slice(0, 1),
    );
  });
});

describe('what is refused', () => {
  it.each([
    ['a demanded tool that was not offered', { tool_choice: { type: 'function', function: { name: 'gone' } } }],
    ['a demand without tools', { tools: undefined, tool_choice: 'required' }],
    ['a tool without a name', { tools: [{ type: 'function', function: {} }] }],
    ['a choice that is none', { tool_choice: 'maybe' }],
    ['a result that names no call', { messages: [...asked, { role: 'tool', content: '5' }] }],
  ])('%s', async (_, more) => {
    const openai = await open();
    await expect(openai.chat.completions.create(request(more as never))).rejects.toMatchObject({ status: 400 });
  });

  it('a scripted call of a tool that was not offered, as Groq does', async () => {
    const openai = await open();
    const refused = openai.chat.completions.create(request({ tools: [tool('add')] }));
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'tool_use_failed' });
  });
});

describe('the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ttcbench-tools-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is a JSON line per turn', () => {
    const path = join(folder, 'tools.jsonl');
    writeFileSync(path, `${script.map((line) => JSON.stringify(line)).join('\n\n')}\n`);
    expect(readToolScript(path)).toEqual(script);
  });

  it.each([
    ['no JSON', 'turn: 0', /:2 is no JSON/],
    ['no turn', '{"calls":[]}', /:2: turn/],
    ['nothing to say', '{"turn":0}', /:2: it has neither/],
    ['a call without arguments', '{"turn":0,"calls":[{"name":"f"}]}', /:2: calls/],
  ])('names its line where it is wrong: %s', (_, line, message) => {
    const path = join(folder, 'tools.jsonl');
    writeFileSync(path, `{"turn":1,"say":"x"}\n${line}\n`);
    expect(() => readToolScript(path)).toThrow(
      expect.objectContaining({ code: 'E_DATA', message: expect.stringMatching(message) }),
    );
  });

  it('has to be there', () => {
    expect(() => readToolScript(join(folder, 'nowhere'))).toThrow(expect.objectContaining({ code: 'E_DATA' }));
  });
});
