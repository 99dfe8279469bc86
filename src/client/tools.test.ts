/** Tool calls on the wire: offered, answered in pieces in every way that servers have, and sent back with what they gave. */
import { describe, expect, it } from 'vitest';
import { type Call, hash, type ToolPart } from '../core/index.ts';
import { callTag } from './chat.ts';
import { providers } from './providers.ts';
import { chatBody } from './request.ts';
import { event, hear } from './scripted.ts';

const usage = { usage: { prompt_tokens: 9, completion_tokens: 12 } };
const done = 'data: [DONE]\n\n';
const piece = (index: number | undefined, fields: object, more: object = {}) =>
  event({ tool_calls: [{ ...(index !== undefined && { index }), ...more, function: fields }] });

/** What the pieces of each call come to. */
async function callsOf(...reads: string[]) {
  const heard = await hear({ reads });
  const tools = heard.parts.filter((part): part is ToolPart => part.type === 'tool');
  const calls = [...new Set(tools.map(({ index }) => index))].map((index) => {
    const pieces = tools.filter((part) => part.index === index);
    const once = (field: 'id' | 'name') => pieces.flatMap((part) => part[field] ?? []);
    return [once('id'), once('name'), pieces.map((part) => part.arguments).join('')];
  });
  return { calls, tools, end: heard.parts.at(-1), heard };
}

describe('tool calls of an answer', () => {
  it('come in the pieces in which the server sent them, each with the stamp of its read', async () => {
    const { calls, tools, end, heard } = await callsOf(
      event({ role: 'assistant', content: null }),
      piece(0, { name: 'look_up', arguments: '' }, { id: 'a', type: 'function' }),
      piece(0, { arguments: '{"key":' }) + piece(0, { arguments: '"x"}' }),
      piece(1, { name: 'add', arguments: '{}' }, { id: 'b', type: 'function' }),
      event({}, usage, 'tool_calls') + done,
    );
    expect(calls).toEqual([
      [['a'], ['look_up'], '{"key":"x"}'],
      [['b'], ['add'], '{}'],
    ]);
    expect(tools.map(({ arguments: text, events }) => [text, events])).toEqual([
      ['', 1],
      ['{"key":"x"}', 2],
      ['{}', 1],
    ]);
    expect(end).toMatchObject({ type: 'end', reason: 'tools' });
    expect(heard.record).toMatchObject({ outcome: 'ok', usage: { completion: 12 }, events: { tool: 4, finish: 1 } });
    expect(heard.record).not.toHaveProperty('finish');
    expect(heard.record.first).toBeGreaterThanOrEqual(0);
  });

  it('stand beside text', async () => {
    const { heard, calls } = await callsOf(
      event({ content: 'Let me see.' }) + piece(0, { name: 'f', arguments: '{}' }, { id: 'a' }),
      event({}, usage, 'tool_calls') + done,
    );
    expect(heard.text).toBe('Let me see.');
    expect(heard.parts.map(({ type }) => type)).toEqual(['text', 'tool', 'end']);
    expect(calls).toEqual([[['a'], ['f'], '{}']]);
  });

  const two = [
    [['a'], ['f'], '{"n":1}'],
    [['b'], ['f'], '{"n":2}'],
  ];
  it.each([
    [
      'repeats id and name in each piece',
      two,
      [
        piece(0, { name: 'f', arguments: '{"n":' }, { id: 'a' }) +
          piece(0, { name: 'f', arguments: '1}' }, { id: 'a' }),
        piece(1, { name: 'f', arguments: '{"n":2}' }, { id: 'b' }),
      ],
    ],
    [
      'gives every call the index 0',
      two,
      [
        piece(0, { name: 'f', arguments: '{"n":1}' }, { id: 'a' }),
        piece(0, { name: 'f', arguments: '{"n":2}' }, { id: 'b' }),
      ],
    ],
    [
      'gives no index',
      two,
      [
        piece(undefined, { name: 'f', arguments: '{"n":' }, { id: 'a' }) + piece(undefined, { arguments: '1}' }),
        piece(undefined, { name: 'f', arguments: '{"n":2}' }, { id: 'b' }),
      ],
    ],
    [
      'gives neither index nor id',
      two.map(([, name, text]) => [[], name, text]),
      [piece(undefined, { name: 'f', arguments: '{"n":1}' }) + piece(undefined, { name: 'f', arguments: '{"n":2}' })],
    ],
    [
      'counts from 1',
      two,
      [
        piece(1, { name: 'f', arguments: '{"n":1}' }, { id: 'a' }) +
          piece(2, { name: 'f', arguments: '{"n":2}' }, { id: 'b' }),
      ],
    ],
    [
      'sends arguments as an object',
      two,
      [
        piece(0, { name: 'f', arguments: { n: 1 } }, { id: 'a' }) +
          piece(1, { name: 'f', arguments: { n: 2 } }, { id: 'b' }),
      ],
    ],
    [
      'has one function call, as before there were tools',
      [[[], ['f'], '{"n":1}']],
      [event({ function_call: { name: 'f', arguments: '{"n":' } }), event({ function_call: { arguments: '1}' } })],
    ],
  ])('are told apart where the server %s', async (_, expected, reads) => {
    const { calls, end } = await callsOf(...reads, event({}, usage, 'tool_calls') + done);
    expect(calls).toEqual(expected);
    expect(end).toMatchObject({ reason: 'tools' });
  });

  it('may end with stop, as after a demanded tool; a cut one ends with length', async () => {
    const call = piece(0, { name: 'f', arguments: '{"n"' }, { id: 'a' });
    expect((await callsOf(call, event({}, usage, 'stop') + done)).end).toMatchObject({ reason: 'tools' });
    expect((await callsOf(call, event({}, usage, 'length') + done)).end).toMatchObject({ reason: 'length' });
  });

  it('come whole from a server that does not stream', async () => {
    const entry = (n: number) => ({ id: `c${n}`, type: 'function', function: { name: 'f', arguments: `{"n":${n}}` } });
    const message = { role: 'assistant', content: null, tool_calls: [entry(1), entry(2)] };
    const body = JSON.stringify({ choices: [{ message, finish_reason: 'tool_calls' }], ...usage });
    const { parts } = await hear({ headers: { 'content-type': 'application/json' }, reads: [body] });
    expect(parts).toMatchObject([
      { type: 'tool', index: 0, id: 'c1', name: 'f', arguments: '{"n":1}' },
      { type: 'tool', index: 1, id: 'c2', name: 'f', arguments: '{"n":2}' },
      { type: 'end', reason: 'tools' },
    ]);
  });

  it('count as tokens where the server gives no usage', async () => {
    const { heard } = await callsOf(
      piece(0, { name: 'f', arguments: '' }, { id: 'a' }) + piece(0, { arguments: '{}' }),
      event({}, {}, 'tool_calls') + done,
    );
    expect(heard.record.usage).toMatchObject({ completion: 2, origin: 'estimate' });
  });
});

const plain: Call = { messages: [{ role: 'user', content: 'hi' }], maxTokens: 16, temperature: 0, seed: 1 };
const parameters = { type: 'object', properties: { key: { type: 'string' } } };
const tools = [{ name: 'look_up', description: 'Looks a key up.', parameters }];

describe('a request with tools', () => {
  it('offers them, and says which may be asked for', () => {
    const offered = [{ type: 'function', function: tools[0] }];
    expect(chatBody({ ...plain, tools }, 'm', providers.groq)).toMatchObject({ tools: offered });
    expect(chatBody({ ...plain, tools }, 'm', providers.groq)).not.toHaveProperty('tool_choice');
    for (const choice of ['none', 'auto', 'required'] as const)
      expect(chatBody({ ...plain, tools, toolChoice: choice }, 'm', providers.groq)).toMatchObject({
        tool_choice: choice,
      });
    expect(chatBody({ ...plain, tools, toolChoice: { name: 'look_up' } }, 'm', providers.groq)).toMatchObject({
      tool_choice: { type: 'function', function: { name: 'look_up' } },
    });
  });

  it('carries what the model asked for and what the tools gave', () => {
    const toolCalls = [{ id: 'a', name: 'look_up', arguments: '{"key":"x"}' }];
    const messages = [
      ...plain.messages,
      { role: 'assistant' as const, content: '', toolCalls },
      { role: 'tool' as const, id: 'a', content: '5' },
    ];
    expect(chatBody({ ...plain, messages, tools }, 'm', providers.groq)).toMatchObject({
      messages: [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'look_up', arguments: '{"key":"x"}' } }],
        },
        { role: 'tool', tool_call_id: 'a', content: '5' },
      ],
    });
  });

  it('is refused where the server takes none', () => {
    const without = { ...providers.generic, tools: 'none' as const };
    expect(() => chatBody({ ...plain, tools }, 'm', without)).toThrow(
      expect.objectContaining({ code: 'E_CAPABILITY' }),
    );
    const messages = [{ role: 'tool' as const, id: 'a', content: '5' }];
    expect(() => chatBody({ ...plain, messages }, 'm', without)).toThrow(
      expect.objectContaining({ code: 'E_CAPABILITY' }),
    );
  });

  it('leaves calls without tools as they were: their hashes and recordings still match', () => {
    expect(Object.keys(chatBody({ ...plain, tools: [] }, 'm', providers.groq))).not.toContain('tools');
    // As they were before a call could have tools.
    expect(hash(plain)).toBe('042d59db806b7b2df85f7b6150d79ede');
    expect(callTag(plain, 'm')).toBe('4eaa29183bc92f9e874c5adb8cccc662');
  });
});
