/** Chat templates and the template language, against what Python's Jinja2 makes of them (`scripts/templates/reference.py`). */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ChatOptions, type Message, TtcError } from '../src/core/index.ts';
import { createChat } from '../src/engine/chat.ts';
import { formatFixedDate } from '../src/engine/chat-variables.ts';
import { createTemplate } from '../src/jinja/index.ts';

interface Golden {
  models: Record<string, { conversation: string; prompt: string[]; digests: string[] }>;
  features: Record<string, { text?: string; refused?: string; error?: string }>;
}

const folder = join(import.meta.dirname, 'templates');
const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
const golden: Golden = read('golden.json');
const conversations: ({ name: string; messages: Message[] } & ChatOptions)[] = read('conversations.json');
const features: { name: string; template: string }[] = read('features.json');

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The prompt, or the words with which the template refuses. */
function promptOf(template: string, { messages, tools, variables }: (typeof conversations)[number]): string {
  const chat = createChat({ template, bos: '<s>', eos: '</s>', prefix: '', chatml: false });
  try {
    return chat(messages, '', { ...(tools && { tools }), ...(variables && { variables }) });
  } catch (error) {
    if (!(error instanceof TtcError)) throw error;
    return error.message.replace('the chat template refuses the messages', 'refused');
  }
}

describe('chat templates of well-known models', () => {
  const names = readdirSync(join(folder, 'models')).map((file) => file.replace('.jinja', ''));

  it('are those of the golden file', () => {
    expect(names.sort()).toEqual(Object.keys(golden.models).sort());
    expect(names.length).toBeGreaterThanOrEqual(30);
    expect(conversations).toHaveLength(20);
  });

  it.each(names)('%s writes 20 conversations as Jinja2 does', (name) => {
    const template = readFileSync(join(folder, 'models', `${name}.jinja`), 'utf8');
    const expected = golden.models[name]!;
    const shown = conversations.find((conversation) => conversation.name === expected.conversation)!;
    expect(promptOf(template, shown).split('\n')).toEqual(expected.prompt);
    const made = conversations.map((conversation) => {
      const prompt = promptOf(template, conversation);
      return [conversation.name, prompt.startsWith('refused: ') ? prompt : digest(prompt)];
    });
    expect(made).toEqual(conversations.map((conversation, index) => [conversation.name, expected.digests[index]]));
  });
});

describe('the template language', () => {
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
  ];
  const strftime = ([pattern]: readonly string[]) => formatFixedDate(pattern as string);

  it.each(features)('$name', ({ name, template }) => {
    const expected = golden.features[name]!;
    const make = () => createTemplate(template).render({ messages, strftime_now: strftime });
    if (expected.text !== undefined) expect(make()).toBe(expected.text);
    else if (expected.refused !== undefined)
      expect(make).toThrow(expect.objectContaining({ message: expected.refused, kind: 'raised' }));
    else expect(make).toThrow(expect.objectContaining({ name: 'JinjaError' }));
  });
});
