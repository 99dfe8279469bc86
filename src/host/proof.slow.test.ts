/** A process that died is started again: what it opens then has to be what was there before. */
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { tiny8 } from '../../test/contract/bench-engine.ts';
import { callOf, play } from '../../test/contract/contract.ts';
import { truncateGguf } from '../../test/support/truncated-gguf.ts';
import { refuseAnotherEngine } from './proof.ts';
import { createHostProxy, type HostProxy } from './proxy.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-proof-'));
const proxies: HostProxy[] = [];
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy[Symbol.asyncDispose]();
});
afterAll(() => rmSync(scratch, { recursive: true }));

const { signal } = new AbortController();
const call = callOf(3, { maxTokens: 4 });
let count = 0;

function fileOf(source = tiny8): string {
  const path = join(scratch, `${++count}.gguf`);
  copyFileSync(source, path);
  return path;
}

function start(modelPath: string): HostProxy {
  const proxy = createHostProxy({ modelPath, threads: 1, prefill: 'flash' });
  proxies.push(proxy);
  return proxy;
}

async function playUntilDeath(proxy: HostProxy, policy: Parameters<HostProxy['realise']>[0], params: object) {
  const generate = await proxy.realise(policy, params);
  const { ids } = await play(generate, call);
  process.kill(proxy.pid() as number, 'SIGKILL');
  await expect(play(generate, call)).rejects.toMatchObject({ code: 'E_ENGINE_DIED' });
  return { generate, ids };
}

/** Other weights in the same bytes and the same times: a bit in the middle of a matrix. */
function spoilInPlace(path: string): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length * 0.7);
  bytes.writeUInt8((bytes[middle] as number) ^ 1, middle);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

const replaceBy = (source: string) => (path: string) => {
  copyFileSync(source, `${path}.new`);
  renameSync(`${path}.new`, path);
};

describe('a model', () => {
  it.each([
    [
      'was replaced by another',
      replaceBy(truncateGguf(tiny8, 4)),
      /was replaced while the run was going on \(it had \d+ bytes, now \d+\)/,
    ],
    ['was changed in place, its size and time kept', spoilInPlace, /its content is another one/],
  ])('that %s is not played', async (_, change, words) => {
    const path = fileOf();
    const proxy = start(path);
    const { generate } = await playUntilDeath(proxy, { name: 'baseline' }, {});
    change(path);
    await expect(generate.ready?.(signal)).rejects.toMatchObject({ code: 'E_CHANGED', message: words });
    await expect(play(generate, call)).rejects.toMatchObject({ code: 'E_CHANGED' });
    // The old file again, and the run can go on.
    replaceBy(tiny8)(path);
    await expect(play(generate, call)).resolves.toBeDefined();
  });

  it('that is the same, copied anew, goes on', async () => {
    const path = fileOf();
    const { generate, ids } = await playUntilDeath(start(path), { name: 'baseline' }, {});
    replaceBy(tiny8)(path);
    expect((await play(generate, call)).ids).toEqual(ids);
  });

  it('that drafts for another is proven, too', async () => {
    const draft_model = fileOf(truncateGguf(tiny8, 2));
    const params = { draft: 'model', draft_model };
    const { generate } = await playUntilDeath(start(tiny8), { name: 'speculative_decoding' }, params);
    replaceBy(truncateGguf(tiny8, 4))(draft_model);
    await expect(play(generate, call)).rejects.toMatchObject({ code: 'E_CHANGED', message: /was replaced/ });
  });
});

describe('a policy of the user', () => {
  const policy = (words: string) => `import { said } from './said.mjs';
    export default {
      name: 'mine', version: 1, about: '', variants: {}, neutral: {}, counters: {},
      params: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } },
      engine: {
        fidelity: () => 'lossy', standsFor: '${words}',
        open: () => async function* () {
          yield { type: 'text', at: process.hrtime.bigint(), text: said, channel: 'answer', ids: [1] };
          yield { type: 'end', at: process.hrtime.bigint(), reason: 'stop' };
        },
      },
    };`;

  it.each([
    ['itself', 'mine.mjs', policy('another')],
    ['or what it imports', 'said.mjs', "export const said = 'other';"],
  ])('that was edited, %s, is not played', async (_, file, text) => {
    const folder = mkdtempSync(join(scratch, 'policy-'));
    writeFileSync(join(folder, 'said.mjs'), "export const said = 'this';");
    writeFileSync(join(folder, 'mine.mjs'), policy('one'));
    const { generate } = await playUntilDeath(start(tiny8), { module: join(folder, 'mine.mjs') }, {});
    writeFileSync(join(folder, file), text);
    await expect(play(generate, call)).rejects.toMatchObject({ code: 'E_CHANGED', message: /was edited/ });
  });
});

it('an engine that says something else of itself is refused, and the words say what', () => {
  const about = (identity: string, label: string) => ({ identity, facts: { rowInvariance: { label } } });
  const before = about('ggml-cpu-haswell 1 threads=1', 'exact');
  expect(() => refuseAnotherEngine(before, before)).not.toThrow();
  expect(() => refuseAnotherEngine(before, about('ggml-cpu-x64 1 threads=1', 'exact'))).toThrow(
    /engine changed .*haswell.*x64/,
  );
  expect(() => refuseAnotherEngine(before, about('ggml-cpu-haswell 1 threads=1', 'numeric'))).toThrow(/rows changed/);
});
