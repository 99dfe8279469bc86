/** A run folder on a disk that turns bits over: the report names the damage, or it says what it said before. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registries } from '../assembly/registries.ts';
import { loadConfig } from '../config/index.ts';
import { hash, TtcError } from '../core/index.ts';
import { reportOn } from './report-on.ts';
import { rescore } from './rescore.ts';
import { startRun } from './start-run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ttcbench-flips-'));
const run = join(scratch, 'run');
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What a report reads. */
const files = ['run.json', 'jobs.jsonl', 'samples.jsonl', 'journal-main.jsonl', 'blocks.jsonl', 'scores.jsonl'];

beforeAll(async () => {
  const flags = { backend: 'ggml', model: 'tiny8', benchmark: ['extract'], policy: ['speculative_decoding'] };
  const limits = { samples: '3', maxTokens: '6', threads: '1', offline: true, out: run };
  const resolved = await loadConfig({ flags: { ...flags, ...limits }, registries, env: {}, folder: scratch });
  await startRun({ resolved, command: 'a test', report: 'folder' });
  await rescore(run, { signal: new AbortController().signal, write: 'folder' });
}, 120_000);

/** Everything that a report says but its notes on damage. */
async function reported(): Promise<{ said: string; notes: readonly string[] }> {
  const { run: about, ...numbers } = await reportOn(run);
  const { notes = [], ...rest } = about;
  return { said: hash({ about: rest, numbers }), notes };
}

const isDamage = (note: string) => /cannot be read|damaged|run.json is missing/.test(note);

it('is reported without a word of damage while it is whole', async () => {
  expect(readdirSync(run)).toEqual(expect.arrayContaining([...files, 'floors.json']));
  expect((await reported()).notes.filter(isDamage)).toEqual([]);
});

it('with one bit turned over never has another report without a word of it', async () => {
  const before = await reported();
  const outcomes: Record<string, number> = { named: 0, equal: 0, refused: 0 };
  const anyBit = fc.record({
    file: fc.constantFrom(...files, 'floors.json'),
    place: fc.noBias(fc.nat(2 ** 30 - 1)),
    bit: fc.nat(7),
  });
  await fc.assert(
    fc.asyncProperty(anyBit, async ({ file, place, bit }) => {
      const path = join(run, file);
      const whole = readFileSync(path);
      const spoiled = Buffer.from(whole);
      const at = Math.floor((place / 2 ** 30) * statSync(path).size);
      spoiled.writeUInt8((spoiled[at] as number) ^ (1 << bit), at);
      writeFileSync(path, spoiled);
      try {
        const after = await reported();
        const outcome = after.notes.some(isDamage) ? 'named' : 'equal';
        outcomes[outcome] = (outcomes[outcome] as number) + 1;
        if (outcome === 'equal') expect(after.said).toBe(before.said);
      } catch (error) {
        if (!(error instanceof TtcError)) throw error;
        outcomes.refused = (outcomes.refused as number) + 1;
      } finally {
        writeFileSync(path, whole);
      }
    }),
    { numRuns: 500 },
  );
  // Nearly all are named: what stays equal hits the name of the checksum's field.
  expect(outcomes.named).toBeGreaterThan(450);
}, 300_000);
