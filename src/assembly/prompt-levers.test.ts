import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { AskOptions, Message, PromptLevers, Reply, Sample, Session } from '../core/index.ts';
import { plan } from '../runner/plan.ts';
import { openBenchmark, openBenchmarks } from './open-benchmarks.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-levers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const own = join(folder, 'mine.jsonl');
writeFileSync(
  own,
  [
    { id: 1, prompt: 'How much is $& and $1?', reference: 'four', stop: ['.'] },
    {
      id: 2,
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Good day' },
        { role: 'user', content: 'Who are you?' },
      ],
      reference: 'a clerk',
    },
  ]
    .map((row) => JSON.stringify(row))
    .join('\n'),
);
const worfRows = fileURLToPath(new URL('../benchmarks/worfbench/rows.fixture.json', import.meta.url));

interface Heard {
  messages: readonly Message[];
  options: AskOptions;
}

/** What reaches the model while a sample is played; it says `replies` one after the other. */
async function heardOf(
  name: string,
  levers: PromptLevers | undefined,
  { options = {}, sample = 0, replies = [] as string[] } = {},
): Promise<Heard[]> {
  const { played } = await openBenchmark({ name, options, samples: 4, timeout: 1, ...(levers && { levers }) });
  const calls: Heard[] = [];
  const session: Session = {
    signal: new AbortController().signal,
    capabilities: new Set(),
    act: async (_, __, run) => run(session.signal),
    ask: async (messages, asked = {}): Promise<Reply> => {
      calls.push({ messages: [...messages], options: asked });
      return { text: replies[calls.length - 1] ?? '', reasoning: '', toolCalls: [], reason: 'stop' };
    },
  };
  await using open = played.open;
  await open.play([...played.samples.values()][sample] as Sample, session);
  return calls;
}

const messagesOf = async (...given: Parameters<typeof heardOf>) => (await heardOf(...given))[0]?.messages ?? [];
const shots = [{ prompt: 'one', reference: 'eins' }];

it('leaves calls as they are where nobody asks for anything else', async () => {
  const [call] = await heardOf(own, undefined);
  expect(call).toEqual({
    messages: [{ role: 'user', content: 'How much is $& and $1?' }],
    options: { stop: ['.'] },
  });
});

it('puts a template around the question, whose signs stay as they are, and other examples before it', async () => {
  const levers = { template: 'Q: {prompt}\nA:', shots, system: 'Answer {system}briefly.', stop: ['\n', '!'] };
  const [call] = await heardOf(own, levers);
  expect(call).toEqual({
    messages: [
      { role: 'system', content: 'Answer briefly.' },
      { role: 'user', content: 'Q: one\nA:' },
      { role: 'assistant', content: 'eins' },
      { role: 'user', content: 'Q: How much is $& and $1?\nA:' },
    ],
    options: { stop: ['\n', '!'] },
  });
});

it('keeps a conversation of the user’s own, and can wrap its system message', async () => {
  const levers = { template: '<{prompt}>', shots, system: '{system} Be brief.' };
  expect(await messagesOf(own, levers, { sample: 1 })).toEqual([
    { role: 'system', content: 'Be kind. Be brief.' },
    { role: 'user', content: '<one>' },
    { role: 'assistant', content: 'eins' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Good day' },
    { role: 'user', content: '<Who are you?>' },
  ]);
});

it.each(['worf-synth', 'extract', 'crm-synth'])(
  'sends the first examples of %s, or others in their place',
  async (name) => {
    const whole = await messagesOf(name, undefined);
    const lead = whole[0]?.role === 'system' ? 1 : 0;
    expect(await messagesOf(name, { shots: 1 })).toEqual([...whole.slice(0, lead + 2), whole.at(-1)]);
    expect(await messagesOf(name, { shots: 0 })).toEqual([...whole.slice(0, lead), whole.at(-1)]);
    expect((await messagesOf(name, { shots })).slice(lead)).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'eins' },
      whole.at(-1),
    ]);
  },
);

it('takes empty stop strings for none', async () => {
  expect((await heardOf('worf-synth', undefined))[0]?.options.stop).toEqual(['\n\n']);
  expect((await heardOf('worf-synth', { stop: [] }))[0]?.options.stop).toEqual([]);
});

it('changes the question of an agent in each of its calls, and nothing that it did', async () => {
  const options = { level: 3, mode: 'agent', families: ['handle_time'], tasks: 1 };
  const replies = ['<execute>SELECT 1</execute>', '<respond>None</respond>'];
  const calls = await heardOf('crm-synth', { template: 'Please: {prompt}' }, { options, replies });
  const contents = calls.map(({ messages }) => messages.map(({ content }) => content));
  const [[system, question] = []] = contents;
  expect(system).not.toContain('Please: ');
  expect(question).toMatch(/^Please: .*agent/s);
  expect(contents).toEqual([
    [system, question],
    [system, question, replies[0], expect.stringMatching(/1/)],
  ]);
});

it('refuses more examples than there are, before anything is played', async () => {
  const open = (name: string, shots: number) =>
    openBenchmarks([{ name, options: {}, samples: 2, timeout: 1, levers: { shots } }]);
  await expect(open('worf-synth', 5)).rejects.toMatchObject({
    code: 'E_BENCHMARK',
    message: expect.stringMatching(/has 3 worked examples, and 5/),
  });
  await expect(open(own, 1)).rejects.toMatchObject({
    code: 'E_BENCHMARK',
    message: expect.stringMatching(/no worked examples of its own/),
  });
});

it('makes other cells and other trials', async () => {
  const config = { name: 'worfbench', options: { data: worfRows }, samples: 2, timeout: 1 };
  const about = async (levers?: PromptLevers) =>
    (await openBenchmark({ ...config, ...(levers && { levers }) })).planned;
  const all = [undefined, { system: 'a' }, { template: '{prompt}!' }, { shots }, { stop: ['a'] }, { stop: ['b'] }];
  const planned = await Promise.all(all.map(about));
  expect(planned[0]?.name).toBe('worfbench');
  expect(new Set(planned.map(({ name }) => name)).size).toBe(all.length);
  expect(planned[1]?.name).toMatch(/^worfbench\[system=[0-9a-f]{6}\]$/);
  const minilm = { ...config, options: { ...config.options, similarity: 'minilm' }, levers: { shots: 0 } };
  expect((await openBenchmark(minilm)).planned.name).toBe('worfbench[similarity=minilm,shots=0]');
  const run = { repeats: 1, seed: 1, maxTokens: 9, temperature: 0, sampling: {}, margin: {}, concurrency: 1 };
  const backend = { name: 'ggml', model: 'm', baseUrls: [], apiKeyEnv: null, threads: 1 as const };
  const keys = planned.map((benchmark) =>
    plan(
      { ...run, backend, benchmarks: [], policies: [] },
      {
        // The same name for all: the key itself has to differ.
        benchmarks: [{ ...benchmark, name: 'same' }],
        policies: [
          { policy_name: 'baseline', version: 1, params: {}, realisation: 'engine', fidelity: 'exact', blockSize: 1 },
        ],
        backend: { name: 'ggml', model: 'm', identity: 'i' },
      },
    ).map(({ key }) => key),
  );
  expect(new Set(keys.flat()).size).toBe(2 * all.length);
});
