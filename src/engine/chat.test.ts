import { describe, expect, it } from 'vitest';
import type { Message } from '../core/index.ts';
import { createChat } from './chat.ts';

const none = { template: undefined, bos: '', eos: '', prefix: '', chatml: false };
const user = (content: string): Message => ({ role: 'user', content });
const system = (content: string): Message => ({ role: 'system', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const withTemplate = (template: string) => createChat({ ...none, template, bos: '<s>', eos: '</s>' });

describe('createChat with a template', () => {
  const chatml = withTemplate(
    `{% for message in messages %}{% if loop.first and message.role != 'system' %}<|im_start|>system
Default.<|im_end|>
{% endif %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}
{%- if add_generation_prompt %}

{{ '<|im_start|>assistant\\n' }}{% endif %}`,
  );

  it('adds the default system prompt that the template has, only where none is given', () => {
    expect(chatml([user('Hi')])).toBe(
      '<|im_start|>system\nDefault.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n\n<|im_start|>assistant\n',
    );
    expect(chatml([system('Be brief.'), user('Hi')])).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n\n<|im_start|>assistant\n',
    );
  });

  it("appends a continuation to the assistant's turn as it is", () => {
    expect(chatml([user('Hi')], ' Yes,\n')).toBe(`${chatml([user('Hi')])} Yes,\n`);
  });

  it('knows the special tokens, trims blocks as Python does, and sees no tools', () => {
    const chat = withTemplate(
      `{{- bos_token }}
{%- if tools is not none or documents %}tools{% endif %}
{%- for message in messages[::-1] %}
    {% if message.content.startswith('x') %}
{{ message.content | trim }}{{ eos_token }}
    {% endif %}
{%- endfor %}`,
    );
    expect(chat([user('x 1 '), user('y'), user('x 2')])).toBe('<s>x 2</s>\nx 1</s>\n');
  });

  it('writes the same date every day', () => {
    const chat = withTemplate(
      `{% if strftime_now is defined %}{{ strftime_now("%d %b %Y") }} {{ strftime_now("%A, %d %B %Y, 100%% %q") }}{% endif %}`,
    );
    expect(chat([user('x')])).toBe('26 Jul 2024 Friday, 26 July 2024, 100% %q');
  });

  it('lets a date that the template was given win', () => {
    const chat = withTemplate(
      `{%- if not date_string is defined %}{% set date_string = strftime_now("%d %b %Y") %}{% endif %}{{ date_string }}`,
    );
    expect(chat([])).toBe('26 Jul 2024');
  });

  it("says why the template refuses messages, in the template's words", () => {
    const chat = withTemplate(
      `{% for message in messages %}{% if message.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}{% endfor %}`,
    );
    expect(() => chat([system('x')])).toThrow(
      expect.objectContaining({ code: 'E_ARGUMENT', message: expect.stringContaining('no system role') }),
    );
    expect(chat([user('x')])).toBe('');
  });

  it('refuses a template that cannot be read, when it is needed', () => {
    const chat = withTemplate('{% for %}');
    expect(() => chat([user('x')])).toThrow(expect.objectContaining({ code: 'E_TOKENIZER' }));
  });
});

describe('createChat without a template', () => {
  const messages = [system('Be brief.'), user('Hi'), assistant('Hello'), user('Go on')];

  it('writes ChatML where the vocabulary has it', () => {
    expect(createChat({ ...none, chatml: true })(messages, 'So')).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nGo on<|im_end|>\n<|im_start|>assistant\nSo',
    );
  });

  it('writes plain lines otherwise, after the BOS that the metadata asks for', () => {
    expect(createChat({ ...none, prefix: '<s>' })(messages, ' So')).toBe(
      '<s>system: Be brief.\nuser: Hi\nassistant: Hello\nuser: Go on\nassistant: So',
    );
  });
});

describe('createChat with tools', () => {
  const calls: Message[] = [
    user('Weather?'),
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'c1', name: 'weather', arguments: '{"place": "Lima", "0": 1.0}' }],
    },
    { role: 'tool', id: 'c1', content: '19' },
  ];

  it('gives calls, results and options to the template', () => {
    const chat = withTemplate(
      `{% for m in messages %}{% for c in m.tool_calls %}{{ c.function.name }}{{ c.function.arguments | tojson }}{% endfor %}{% if m.role == 'tool' %}{{ m.name }}/{{ m.tool_call_id }}={{ m.content }}{% endif %}{% endfor %}{{ tools | length }}{{ enable_thinking }}`,
    );
    const options = { tools: [{ type: 'function' }], variables: { enable_thinking: false, messages: 'mine' } };
    expect(chat(calls, '!', options)).toBe('weather{"place": "Lima", "0": 1.0}weather/c1=191False!');
  });

  it('refuses them where there is no template that could hold them', () => {
    const chat = createChat({ ...none, chatml: true });
    const refused = expect.objectContaining({ code: 'E_ARGUMENT' });
    expect(() => chat(calls)).toThrow(refused);
    expect(() => chat([user('x')], '', { tools: [{}] })).toThrow(refused);
    expect(() => chat([user('x')], '', { variables: { enable_thinking: false } })).toThrow(refused);
    expect(chat([{ role: 'assistant', content: 'a', toolCalls: [] }])).toContain('assistant\na');
  });

  it('refuses a template that does not end, and shows no control characters of one that refuses', () => {
    const loop = `{% for i in range(99999) %}{{ i }}{% endfor %}`;
    expect(() => createChat({ ...none, template: loop }, { steps: 1_000 })([user('x')])).toThrow(
      expect.objectContaining({ code: 'E_TOKENIZER', message: expect.stringContaining('does not come to an end') }),
    );
    const rude = withTemplate('{{ raise_exception("no\\n\\x1b[2J") }}');
    expect(() => rude([user('x')])).toThrow(
      expect.objectContaining({ code: 'E_ARGUMENT', message: expect.not.stringMatching(/\p{Cc}/u) }),
    );
  });
});
