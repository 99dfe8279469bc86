import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, startFakeHub } from '../../test/support/fake-hub.ts';
import { download } from './download.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-download-'));
const part = join(folder, 'model.part');
const content = randomBytes(300_000);

afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(part, { force: true }));

const fetchFrom = async (script: (request: number) => Answer, options = {}) => {
  await using hub = await startFakeHub(script);
  const outcome = await download(`${hub.url}/model`, part, content.length, options).then(
    () => 'done',
    (error: Error) => error.message,
  );
  return { outcome, ranges: hub.ranges, sent: hub.sent };
};

describe('download', () => {
  it('writes the file and tells how far it is', async () => {
    const seen: number[] = [];
    const { outcome } = await fetchFrom(() => ({ content }), { onBytes: (bytes: number) => seen.push(bytes) });
    expect(outcome).toBe('done');
    expect(readFileSync(part).equals(content)).toBe(true);
    expect(seen.at(-1)).toBe(content.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('asks for the rest only, so that no byte travels twice', async () => {
    writeFileSync(part, content.subarray(0, 100_000));
    const { outcome, ranges, sent } = await fetchFrom(() => ({ content }));
    expect({ outcome, ranges, sent }).toEqual({ outcome: 'done', ranges: ['bytes=100000-'], sent: 200_000 });
    expect(readFileSync(part).equals(content)).toBe(true);
  });

  it('goes on after any series of broken connections', async () => {
    // A reset may lose what was under way, so resets need not bring a byte each.
    const breaks = fc.array(fc.integer({ min: 0, max: 80_000 }), { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(breaks, async (resets) => {
        rmSync(part, { force: true });
        const { outcome } = await fetchFrom((request) => ({ content, resetAfter: resets[request] as number }));
        expect(outcome).toBe('done');
        expect(readFileSync(part).equals(content)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('starts over where the server takes no notice of the range', async () => {
    writeFileSync(part, randomBytes(100_000));
    const { outcome } = await fetchFrom(() => ({ content, ignoreRange: true }));
    expect(outcome).toBe('done');
    expect(readFileSync(part).equals(content)).toBe(true);
  });

  it('starts over where there is more than the file can hold', async () => {
    writeFileSync(part, randomBytes(content.length + 5));
    const { outcome, ranges } = await fetchFrom(() => ({ content }));
    expect([outcome, ranges]).toEqual(['done', [null]]);
    expect(readFileSync(part).equals(content)).toBe(true);
  });

  it('gives up where nothing new comes, and keeps what is there', async () => {
    writeFileSync(part, content.subarray(0, 100_000));
    const { outcome, ranges } = await fetchFrom(() => ({ content, resetAfter: 0 }));
    expect(outcome).not.toBe('done');
    expect(ranges).toEqual(Array(3).fill('bytes=100000-'));
    expect(readFileSync(part).equals(content.subarray(0, 100_000))).toBe(true);
  });

  it.each([
    ['a status', { status: 404 }, 'answered 404 Not Found'],
    ['a shorter file', { content: content.subarray(1) }, 'the file there has 299999 bytes, not 300000'],
    ['a longer file', { content: Buffer.concat([content, content]), chunked: true }, /more than 300000 bytes/],
    ['a short file without a length', { content: content.subarray(0, 0), chunked: true }, /ended after 0 of 300000/],
  ])('refuses %s', async (_, answer, message) => {
    const { outcome } = await fetchFrom(() => answer);
    expect(outcome).toMatch(message);
  });

  it('does not wait for ever for an answer', async () => {
    const { outcome } = await fetchFrom(() => ({ mute: true }), { answerTimeout: 20 });
    expect(outcome).toBe('no answer for 0.02 s');
  });

  it('resumes after a silence', async () => {
    const { outcome, ranges } = await fetchFrom(
      (request) => (request === 0 ? { content, silentAfter: 70_000 } : { content }),
      {
        silenceTimeout: 50,
      },
    );
    expect([outcome, ranges.length]).toEqual(['done', 2]);
    expect(readFileSync(part).equals(content)).toBe(true);
  });

  it('ends at an abort and keeps what is there', async () => {
    const controller = new AbortController();
    const { outcome } = await fetchFrom(() => ({ content, silentAfter: 70_000 }), {
      signal: controller.signal,
      onBytes: (bytes: number) => bytes === 70_000 && controller.abort(new Error('enough')),
    });
    expect(outcome).toBe('enough');
    expect(readFileSync(part).equals(content.subarray(0, 70_000))).toBe(true);
  });
});
