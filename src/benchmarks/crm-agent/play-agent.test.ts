import { describe, expect, it } from 'vitest';
import type { Message, Reply, Session, Tool, ToolCall } from '../../core/index.ts';
import type { Queries } from './open-queries.ts';
import { type AgentTask, playAgent } from './play-agent.ts';

const queries: Queries = { run: async (sql) => `rows of ${sql}`, async [Symbol.asyncDispose]() {} };
const task: AgentTask = { system: 'You help.', opening: 'How many?', queries };

interface Asked {
  messages: Message[];
  tools: readonly Tool[] | undefined;
}

/** A model that says one thing after the other. */
function sessionOf(said: readonly (string | ToolCall[])[], capabilities: readonly 'tools'[] = []) {
  const asked: Asked[] = [];
  const acted: [string, unknown][] = [];
  const session: Session = {
    signal: new AbortController().signal,
    capabilities: new Set(capabilities),
    async ask(messages, options) {
      const next = said[Math.min(asked.length, said.length - 1)] as string | ToolCall[];
      asked.push({ messages: [...messages], tools: options?.tools });
      const reply: Reply = { text: '', reasoning: '', toolCalls: [], reason: 'stop' };
      return typeof next === 'string' ? { ...reply, text: next } : { ...reply, toolCalls: next };
    },
    async act(name, input, run) {
      acted.push([name, input]);
      return run(new AbortController().signal);
    },
  };
  return { session, asked, acted };
}
const call = (name: string, given: object | string, id = name): ToolCall => ({
  ...{ id, name },
  arguments: typeof given === 'string' ? given : JSON.stringify(given),
});

describe('an agent in tagged text', () => {
  it('queries, reads the result and answers', async () => {
    const { session, asked, acted } = sessionOf(['<execute> SELECT 1 </execute>', '<respond> 7 </respond>']);
    const answer = await playAgent(task, session);
    expect(answer).toEqual({ text: '7', trajectory: ['<execute> SELECT 1 </execute>', '<respond> 7 </respond>'] });
    expect(acted).toEqual([['query', 'SELECT 1']]);
    expect(asked[0]!.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(asked[0]!.messages[0]!.content).toContain('<execute>');
    expect(asked[1]!.messages.at(-1)).toEqual({ role: 'user', content: 'Result: rows of SELECT 1' });
    expect(asked.every(({ tools }) => tools === undefined)).toBe(true);
  });

  it('has its query taken out of a block of code', async () => {
    const { session, acted } = sessionOf(['<execute>```sql\nSELECT\n 1```</execute>', '<respond>7</respond>']);
    await playAgent(task, session);
    expect(acted).toEqual([['query', 'SELECT 1']]);
  });

  it('that acts wrongly is told so, and loses a turn', async () => {
    const { session, asked } = sessionOf(['hm', '<respond>7</respond>']);
    expect((await playAgent(task, session)).text).toBe('7');
    expect(asked[1]!.messages.at(-1)!.content).toMatch(/no valid action/);
  });

  it('that never answers ends after its turns, without an answer', async () => {
    const { session, asked } = sessionOf(['<execute> SELECT 1 </execute>']);
    expect((await playAgent(task, session)).text).toBe('');
    expect(asked).toHaveLength(20);
    const short = sessionOf(['hm']);
    await playAgent({ ...task, mostTurns: 3 }, short.session);
    expect(short.asked).toHaveLength(3);
  });

  it('hears more after each answer, and only the last answer counts', async () => {
    const { session, asked } = sessionOf(['<respond>which?</respond>', '<execute>Q</execute>', '<respond>7</respond>']);
    const facts = ['this one'];
    const answer = await playAgent({ ...task, user: { next: () => facts.shift() } }, session);
    expect(answer.text).toBe('7');
    expect(asked[1]!.messages.slice(-2)).toEqual([
      { role: 'assistant', content: '<respond>which?</respond>' },
      { role: 'user', content: 'this one' },
    ]);
  });

  it('talks with a user who never stops for ten answers', async () => {
    const { session, asked } = sessionOf(['<respond>7</respond>']);
    expect((await playAgent({ ...task, user: { next: () => 'more' } }, session)).text).toBe('7');
    expect(asked).toHaveLength(11);
  });
});

describe('an agent with tools', () => {
  const tools = ['tools'] as const;

  it('calls them, and every call gets its result', async () => {
    const { session, asked, acted } = sessionOf(
      [
        [call('execute', { query: 'Q1' }, 'a'), call('execute', { query: 'Q2' }, 'b')],
        [call('respond', { answer: '7' })],
      ],
      tools,
    );
    expect((await playAgent(task, session)).text).toBe('7');
    expect(acted).toEqual([
      ['query', 'Q1'],
      ['query', 'Q2'],
    ]);
    expect(asked[0]!.tools?.map(({ name }) => name)).toEqual(['execute', 'respond']);
    expect(asked[0]!.messages[0]!.content).not.toContain('<execute>');
    expect(asked[1]!.messages.slice(-2)).toEqual([
      { role: 'tool', id: 'a', content: 'rows of Q1' },
      { role: 'tool', id: 'b', content: 'rows of Q2' },
    ]);
  });

  it.each([
    ['arguments that are no JSON', call('execute', '{"query": ')],
    ['arguments without a query', call('execute', { sql: 'Q' })],
    ['an unknown tool', call('delete_all', { query: 'Q' })],
    ['null', call('respond', 'null')],
  ])('%s are answered with an error, and it goes on', async (_, wrong) => {
    const { session, asked, acted } = sessionOf([[wrong], [call('respond', { answer: '7' })]], tools);
    expect((await playAgent(task, session)).text).toBe('7');
    expect(acted).toEqual([]);
    expect(asked[1]!.messages.at(-1)).toMatchObject({ role: 'tool', content: expect.stringMatching(/^ERROR/) });
  });

  it('may answer in plain text', async () => {
    const { session } = sessionOf(['It is 7.'], tools);
    expect((await playAgent(task, session)).text).toBe('It is 7.');
  });

  it('is asked in text where the wire says so', async () => {
    const { session, asked } = sessionOf(['<respond>7</respond>'], tools);
    await playAgent({ ...task, wire: 'text' }, session);
    expect(asked[0]!.tools).toBeUndefined();
  });
});
