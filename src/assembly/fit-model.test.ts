import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig, type RunFlags } from '../config/index.ts';
import { dryRun } from '../ttcbench/dry-run.ts';
import { registries } from './registries.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-fit-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, prompts: readonly string[], more: object = {}): string {
  const path = join(mkdtempSync(join(folder, 'x-')), name);
  const lines = prompts.map((prompt, id) => JSON.stringify({ id: `${id}`, prompt, reference: 'yes', ...more }));
  writeFileSync(path, lines.join('\n'));
  return path;
}

/** tiny8 has a context of 512 tokens; a file's answers may have 512 tokens unless it is said otherwise. */
async function plan(flags: RunFlags) {
  const resolved = await loadConfig({ flags: { model: 'tiny8', policy: ['baseline'], ...flags }, registries, env: {} });
  return dryRun(resolved);
}

const short = ['What is 2 + 2?', 'Is the sky blue?'];
const long = 'word '.repeat(2000);

describe('before the first trial', () => {
  it('a limit that nobody set is lowered to what the context has room for, and said', async () => {
    const { notes, completionTokens, trials } = await plan({ benchmark: [file('mine.jsonl', short)] });
    expect(notes).toEqual([expect.stringMatching(/^mine\.jsonl: answers may have \d+ tokens, not 512: .* of tiny8$/)]);
    const limit = Number(/have (\d+) tokens/.exec(notes[0] as string)?.[1]);
    expect(limit).toBeGreaterThan(300);
    expect(completionTokens).toBe(trials * limit);
  });

  it('a limit that was set is refused, with one that fits: that one does, and one more does not', async () => {
    const benchmark = [file('mine.jsonl', short)];
    const refused = await plan({ benchmark, maxTokens: '512' }).catch((error) => error);
    expect(refused).toMatchObject({ code: 'E_CONTEXT', message: expect.stringMatching(/^--max-tokens 512: /) });
    const fits = Number(/--max-tokens (\d+) fits/.exec(refused.help)?.[1]);
    expect((await plan({ benchmark, maxTokens: `${fits}` })).notes).toEqual([]);
    await expect(plan({ benchmark, maxTokens: `${fits + 1}` })).rejects.toMatchObject({ code: 'E_CONTEXT' });
  });

  it('prompts without room are named where others have it, and refused where none has', async () => {
    const { notes } = await plan({ benchmark: [file('mine.jsonl', [...short, long])], maxTokens: '64' });
    expect(notes).toEqual([expect.stringMatching(/^mine\.jsonl: 1 of 3 prompts leave no room .* their trials fail$/)]);
    await expect(plan({ benchmark: [file('mine.jsonl', [long, long])] })).rejects.toMatchObject({
      code: 'E_CONTEXT',
      message: expect.stringMatching(/no prompt leaves room for an answer in the context of tiny8, 512 tokens/),
    });
  });

  it('kv_slots without room for any prompt and its answer are refused, with a number that fits', async () => {
    const benchmark = [file('mine.jsonl', short)];
    const set = (slots: number) => ({ benchmark, maxTokens: '40', set: [`kv_slots=${slots}`] });
    const refused = await plan(set(30)).catch((error) => error);
    expect(refused).toMatchObject({
      code: 'E_CONTEXT',
      message: expect.stringMatching(/^kv_slots 30: no prompt of mine/),
    });
    const fits = Number(/kv_slots: (\d+) fits all/.exec(refused.help)?.[1]);
    expect((await plan(set(fits))).notes).toEqual([]);
    expect((await plan(set(fits - 1))).notes).toEqual([
      expect.stringMatching(
        /^mine\.jsonl: under baseline 1 of 2 prompts with their answers need more than the \d+ KV slots/,
      ),
    ]);
  });

  it('kv_slots that only a budget fits into are not refused, and it is said who fails', async () => {
    const flags = { benchmark: [file('mine.jsonl', ['word '.repeat(60)])], maxTokens: '100' };
    const policy = ['adaptive_kv_static'];
    const ratio = ['kv_slots=200', 'policies.adaptive_kv_static.ratio=0.5'];
    expect((await plan({ ...flags, policy, set: ratio })).notes).toEqual([
      expect.stringMatching(/^mine\.jsonl: under baseline 1 of 1 prompts/),
    ]);
    await expect(plan({ ...flags, set: ['kv_slots=200'] })).rejects.toMatchObject({ code: 'E_CONTEXT' });
  });

  it('a limit below every reference answer is said, with the tokens of the shortest', async () => {
    const references = { reference: 'a reference that is quite a few tokens long' };
    const benchmark = [file('mine.jsonl', short, references)];
    const { notes } = await plan({ benchmark, maxTokens: '4' });
    expect(notes).toEqual([
      expect.stringMatching(/^mine\.jsonl: answers may have 4 tokens, and the shortest reference has \d+/),
    ]);
    const shortest = /reference has (\d+)/.exec(notes[0] as string)?.[1] as string;
    expect((await plan({ benchmark, maxTokens: shortest })).notes).toEqual([]);
    const api = { backend: 'openai', model: 'm', baseUrl: ['http://127.0.0.1:1/v1'] };
    expect((await plan({ benchmark, ...api, maxTokens: '4' })).notes.join()).toMatch(/shortest reference has about 6/);
  });

  it('a benchmark that fits is left as it is', async () => {
    expect((await plan({ benchmark: ['tiny-crm'], samples: '5' })).notes).toEqual([]);
  });

  it.each([
    ['speculative_decoding_layers', 'draft_layers', 9],
    ['early_exit_28', 'exit_layer', 9],
    ['dynamic_pruning_top_p', 'from_layer', 8],
  ])('parameters that the model cannot have are refused: %s with %s=%i', async (policy, name, value) => {
    const set = [
      `policies.${policy}.${name}=${value}`,
      ...(name === 'exit_layer' ? [`policies.${policy}.of_layers=null`] : []),
    ];
    const flags = { policy: [policy], benchmark: ['tiny-crm'], samples: '1', set };
    await expect(plan(flags)).rejects.toMatchObject({
      code: 'E_POLICY',
      message: `${name} ${value} of a model with 8 layers`,
    });
    const composed = { ...flags, policy: [`${policy}+elastic_batch_greedy`] };
    composed.set = set.map((one) =>
      one.replace(`policies.${policy}.`, `policies.${policy}+elastic_batch_greedy.${policy}.`),
    );
    await expect(plan(composed)).rejects.toMatchObject({ code: 'E_POLICY' });
  });

  it('two files of one name are refused', async () => {
    const benchmark = [file('mine.jsonl', short), file('mine.jsonl', short)];
    await expect(plan({ benchmark })).rejects.toMatchObject({
      code: 'E_BENCHMARK',
      message: expect.stringMatching(/x-\w+\/mine\.jsonl and .*x-\w+\/mine\.jsonl are both called mine\.jsonl$/),
    });
  });

  it('two policies of one name are refused', async () => {
    const policy = ['one.mjs', 'two.mjs'].map((name) => {
      const path = join(folder, name);
      const params = "params: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } }";
      const engine = "engine: { fidelity: () => 'lossy', standsFor: 'x', open: () => async function* () {} }";
      writeFileSync(path, `export default { name: 'mine', version: 1, ${params}, ${engine} };`);
      return path;
    });
    await expect(plan({ policy, benchmark: ['tiny-crm'], samples: '1' })).rejects.toMatchObject({
      code: 'E_POLICY',
      message: expect.stringMatching(/one\.mjs and .*two\.mjs are both called mine$/),
    });
  });

  it('a model file that is not there is refused', async () => {
    await expect(plan({ model: './nowhere.gguf', benchmark: ['tiny-crm'] })).rejects.toMatchObject({ code: 'E_MODEL' });
  });

  it('many more threads than cores are refused', async () => {
    await expect(plan({ threads: '256', benchmark: ['tiny-crm'] })).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: expect.stringMatching(/^threads 256: this process may use \d+ cores?/),
    });
  });
});
