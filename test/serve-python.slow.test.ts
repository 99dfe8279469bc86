/**
 * The official Python clients against `serve` and the simulator. They want a Python with `openai` and `groq` in
 * `TTCBENCH_CLIENTS_PYTHON`; without one the test is left out and says so.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../src/gateway/index.ts';
import { chatml } from './support/scripted-model.ts';
import { endless, openScripted, openTiny, serving } from './support/serving.ts';

const python = process.env.TTCBENCH_CLIENTS_PYTHON;
const found = python !== undefined && spawnSync(python, ['-c', 'import openai, groq']).status === 0;
if (!found) console.warn('NOT RUN: set TTCBENCH_CLIENTS_PYTHON to a Python with the packages openai and groq');

const script = `
import json, sys, openai, groq
url, model = sys.argv[1], sys.argv[2]
tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
ask = dict(model=model, messages=[{"role": "user", "content": "hello"}], max_tokens=8, temperature=0)
def of(client):
    whole = client.chat.completions.create(**ask)
    streamed, usage = "", None
    for chunk in client.chat.completions.create(**ask, stream=True):
        for choice in chunk.choices:
            streamed += choice.delta.content or ""
    error = None
    try:
        client.chat.completions.create(**{**ask, "model": "none"})
    except Exception as e:
        error = [type(e).__name__, e.status_code]
    stream = client.chat.completions.create(**{**ask, "max_tokens": 200}, stream=True)
    next(iter(stream))
    stream.close()
    return dict(whole=whole.choices[0].message.content, streamed=streamed, tokens=whole.usage.completion_tokens, error=error)
root = url[: -len("/v1")]
groq_root = root[: -len("/openai")] if root.endswith("/openai") else root
found = [of(openai.OpenAI(base_url=url, api_key="k")), of(groq.Groq(base_url=groq_root, api_key="k"))]
if len(sys.argv) > 3:
    answer = openai.OpenAI(base_url=url, api_key="k").chat.completions.create(**{**ask, "model": sys.argv[3]}, tools=[tool])
    found.append([[c.function.name, json.loads(c.function.arguments)] for c in answer.choices[0].message.tool_calls])
print(json.dumps(found))
`;

const run = (...words: string[]): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    execFile(python as string, ['-c', script, ...words], (error, out, err) =>
      error ? reject(new Error(err)) : resolve(JSON.parse(out)),
    );
  });

describe.skipIf(!found)('the Python clients', () => {
  it('work with the engine behind serve, tools too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ttcbench-python-'));
    const call = '<tool_call>{"name": "weather", "arguments": {"city": "Lima"}}</tool_call>';
    const caller = {
      ...endless,
      tokens: [...endless.tokens, [call, 1] as const],
      chains: [['\n', call, '<|im_end|>']],
      template: `{% if tools %}{{ tools | tojson }}<tool_call>{% endif %}${chatml}`,
    };
    await using tiny = await openTiny();
    await using tools = await openScripted(caller, folder, 'caller');
    await using server = await serving([tiny, tools]);
    const [openai, groq, calls] = await run(server.url, 'tiny8', 'caller');
    expect(openai).toEqual(groq);
    const { whole, streamed, error } = openai as Record<string, unknown>;
    expect(streamed).toBe(whole);
    expect(error).toEqual(['NotFoundError', 404]);
    expect(calls).toEqual([['weather', { city: 'Lima' }]]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('work with the simulator', async () => {
    const simulator = await startSimulator({ models: ['m'] });
    try {
      const [openai, groq] = await run(simulator.url, 'm');
      expect(openai).toEqual(groq);
      expect((openai as { error: unknown }).error).toEqual(['NotFoundError', 404]);
    } finally {
      await simulator.close();
    }
  });
});
