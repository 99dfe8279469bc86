/** Models that say what they are told, played through the engine: ends of answers, stop strings, templates, thinking. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openGgmlBackend } from '../src/backends/ggml.ts';
import type { Call, ChatOptions, Message, Part } from '../src/core/index.ts';
import { splitReasoning } from '../src/decode/index.ts';
import { createEngine } from '../src/engine/index.ts';
import { decode } from '../src/policies/baseline/baseline.ts';
import { freshContext } from './agreement/bench.ts';
import { chatml, type ScriptedModel, scriptedModel } from './support/scripted-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-scripted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const question: Message[] = [{ role: 'user', content: 'Capital of Peru?' }];
const control = 3;

interface Played {
  text: string;
  reasoning: string;
  reason: string | undefined;
  ids: number[];
  prompt: number;
  ends: number[];
}

/** What a model answers to the question, at temperature 0. */
async function play(model: ScriptedModel, options: Partial<Call> & { chat?: ChatOptions } = {}): Promise<Played> {
  const path = join(folder, `${files++}.gguf`);
  writeFileSync(path, scriptedModel(model));
  const engine = await createEngine(path);
  try {
    const { chat, ...change } = options;
    const call: Call = { messages: question, maxTokens: 12, temperature: 0, seed: 1, ...change };
    const tokenizer = { ...engine.tokenizer };
    tokenizer.chat = (messages, continuation) => engine.tokenizer.chat(messages, continuation, chat);
    const prompt = tokenizer.chat(call.messages, call.continue);
    const parts = decode({ ...engine, tokenizer } as typeof engine, call, freshContext());
    const played: Played = {
      text: '',
      reasoning: '',
      reason: undefined,
      ids: [],
      prompt: tokenizer.encode(prompt, { special: true }).length,
      ends: [...tokenizer.endIds],
    };
    const note = (part: Part) => {
      if (part.type === 'end') played.reason = part.reason;
      if (part.type !== 'text') return;
      if (part.channel === 'answer') played.text += part.text;
      else played.reasoning += part.text;
      played.ids.push(...(part.ids ?? []));
    };
    for await (const part of splitReasoning(parts, { prompt, tokenizer: engine.tokenizer })) note(part);
    return played;
  } finally {
    await engine[Symbol.asyncDispose]();
  }
}

describe('the end of a turn', () => {
  const chains = [['\n', 'Lima', '<|im_end|>', 'Z', 'z', 'y', 'x', 'w', 'Z']];
  const model = (type: number): ScriptedModel => ({
    tokens: [
      ['<|endoftext|>', control],
      ['<|im_start|>', type],
      ['<|im_end|>', type],
    ],
    chains,
    template: chatml,
    eos: '<|endoftext|>',
  });

  it.each<[string, ScriptedModel]>([
    ['typed as control', model(control)],
    ['typed as ordinary text', model(1)],
    ['typed as user-defined', model(4)],
    ['in a file without types', { ...model(control), untyped: true }],
  ])('%s', async (_, scripted) => {
    const { text, reason, ends, prompt } = await play(scripted);
    expect({ text, reason, prompt }).toEqual({ text: 'Lima', reason: 'stop', prompt: 35 });
    expect(ends.sort()).toEqual([256, 258]);
  });

  it.each([
    ['<end_of_turn>', '<start_of_turn>'],
    ['<|end|>', '<|user|>'],
    ['<｜end▁of▁sentence｜>', '<｜User｜>'],
    ['<|eot_id|>', '<|start_header_id|>'],
    ['</s>', '[INST]'],
    ['[EOT]', '<|x|>'],
  ])('%s ends an answer, whatever its type', async (end, begin) => {
    for (const type of [control, 1]) {
      const { text, reason, prompt } = await play({
        tokens: [
          ['<|endoftext|>', control],
          [begin, type],
          [end, type],
        ],
        chains: [['\n', 'Lima', end, 'Z', 'Z']],
        template: `{{ '${begin}' }}{% for m in messages %}{{ m.content }}{% endfor %}{{ '${end}' + '\\n' }}`,
        eos: '<|endoftext|>',
      });
      expect({ text, reason, prompt }).toEqual({ text: 'Lima', reason: 'stop', prompt: 19 });
    }
  });

  it('is not an ordinary token that merging makes', async () => {
    const { text, reason } = await play({
      tokens: [
        ['<|endoftext|>', control],
        ['</', 1],
        ['s>', 1],
        ['</s>', 1],
      ],
      chains: [['\n', 'Li', '</s>', 'ma', '<|endoftext|>']],
      merges: ['< /', 's >', '</ s>'],
      template: '{{ messages[0].content }}\n\n',
      eos: '<|endoftext|>',
    });
    expect({ text, reason }).toEqual({ text: 'Li</s>ma', reason: 'stop' });
  });

  it('is a token that the metadata alone names, whatever it is called', async () => {
    const { text, reason } = await play({
      tokens: [['THE END', 1]],
      chains: [['\n', 'Lima', 'THE END', 'Z', 'Z']],
      template: '{{ messages[0].content }}\n\n',
      eos: 'THE END',
    });
    expect({ text, reason }).toEqual({ text: 'Lima', reason: 'stop' });
  });

  it('in gpt-oss is not the end of a message', async () => {
    const { text, reason } = await play({
      tokens: [
        ['<|end|>', control],
        ['<|return|>', control],
        ['<|call|>', control],
      ],
      chains: [['\n', 'Li', '<|end|>', 'ma', '<|return|>']],
      template: '{{ messages[0].content }}\n\n',
      eos: '<|return|>',
    });
    expect({ text, reason }).toEqual({ text: 'Lima', reason: 'stop' });
  });
});

describe('a stop string that is a control token', () => {
  const model: ScriptedModel = {
    tokens: [
      ['<|endoftext|>', control],
      ['<|im_start|>', control],
      ['<|im_end|>', control],
      ['<|end_of_turn|>', control],
    ],
    chains: [['\n', 'Li', '<|end_of_turn|>', 'ma', '<|im_start|>', 'w', '<|im_end|>']],
    template: chatml,
    eos: '<|endoftext|>',
  };

  it.each([
    [['<|end_of_turn|>'], 'Li'],
    [['x', '<|im_start|>'], 'Lima'],
    [['<|end_of_turn|>m'], 'Li'],
    [['i<|end_of_turn|>'], 'L'],
    [['ma<|im_start|>w'], 'Li'],
    [['<|end_of_turn|>x'], 'Limaw'],
    [['ma'], 'Li'],
    [[], 'Limaw'],
  ])('%j gives %j', async (stop, expected) => {
    const { text, reason } = await play(model, { stop });
    expect({ text, reason }).toEqual({ text: expected, reason: 'stop' });
  });
});

describe('a chat template', () => {
  it('strips what it names and no more: 85 tokens', async () => {
    const template = `{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|im_start|>' + m.role + '\\n' + m.content.lstrip('\\n') + '<|im_end|>\\n' }}{% else %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;
    const messages: Message[] = [
      { role: 'user', content: 'Write f.' },
      { role: 'assistant', content: '\n    def f():\n        return 1' },
      { role: 'user', content: 'Again.' },
    ];
    const tokens = (['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const).map((text) => [text, control] as const);
    const played = await play(
      { tokens, chains: [['\n', 'Lima', '<|im_end|>']], template, eos: '<|im_end|>' },
      { messages },
    );
    // 4 turns of `<|im_start|>`, role, line break; 3 of them closed by `<|im_end|>` and a line break; the contents
    const roles = 'userassistantuserassistant'.length;
    expect(played.prompt).toBe(
      4 * 2 + roles + 3 * 2 + 'Write f.'.length + '    def f():\n        return 1'.length + 'Again.'.length,
    );
    expect(played.text).toBe('Lima');
  });

  it('that never ends is refused, by name', async () => {
    const tokens = [['<|endoftext|>', control]] as const;
    const template = '{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}';
    await expect(play({ tokens, chains: [], template, eos: '<|endoftext|>' })).rejects.toMatchObject({
      code: 'E_TOKENIZER',
      message: expect.stringContaining('does not come to an end'),
    });
  });
});

describe('thinking', () => {
  const template = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% elif always %}{{ '<think>\\n' }}{% endif %}{% endif %}`;
  const model = (type: number): ScriptedModel => ({
    tokens: [
      ['<|endoftext|>', control],
      ['<|im_start|>', control],
      ['<|im_end|>', control],
      ['<think>', type],
      ['</think>', type],
    ],
    chains: [['\n', '<think>', 'Quo?', '</think>', 'Lima', '<|im_end|>']],
    template,
    eos: '<|im_end|>',
  });

  it.each([4, control, 1])('is no answer, with its tags of type %i', async (type) => {
    const { text, reasoning, ids } = await play(model(type));
    expect({ text, reasoning }).toEqual({ text: 'Lima', reasoning: '<think>Quo?</think>' });
    expect(ids).toHaveLength(10);
  });

  it('is switched off by a variable of the template', async () => {
    const on = await play(model(4));
    const off = await play(model(4), { chat: { variables: { enable_thinking: false } } });
    // `<think>`, two line breaks, `</think>`, two line breaks
    expect(off.prompt).toBe(on.prompt + 6);
  });

  it('that the prompt began ends at its closing tag', async () => {
    const scripted = { ...model(4), chains: [['\n', 'Quo?', '</think>', 'Lima', '<|im_end|>']] };
    const { text, reasoning } = await play(scripted, { chat: { variables: { always: true } } });
    expect({ text, reasoning }).toEqual({ text: 'Lima', reasoning: 'Quo?</think>' });
  });

  it.each([
    ['is no answer in a run on the engine', {}, ['Lima', '<think>Quo?</think>'], 35],
    ['is one where the run says so', { reasoning: 'keep' as const }, ['<think>Quo?</think>Lima', ''], 35],
    ['that a run switched off', { chatVariables: { enable_thinking: false } }, undefined, 41],
    ['that a run began', { chatVariables: { always: true } }, undefined, 37],
  ])('%s', async (_, options, expected, prompt) => {
    const path = join(folder, `${files++}.gguf`);
    writeFileSync(path, scriptedModel(model(4)));
    await using backend = await openGgmlBackend({ model: 'said', path, sha256: 'unchecked', threads: 1, ...options });
    const said = { answer: '', reasoning: '' };
    const context = freshContext();
    for await (const part of backend.generate({ messages: question, maxTokens: 12, temperature: 0, seed: 1 }, context))
      if (part.type === 'text') said[part.channel] += part.text;
    if (expected) expect([said.answer, said.reasoning]).toEqual(expected);
    expect(context.meter.counters.sums.prompt_tokens).toBe(prompt);
    expect(backend.identity.includes('template:')).toBe('chatVariables' in options);
  });
});
