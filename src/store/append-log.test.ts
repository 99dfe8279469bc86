import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../../test/crash/folder.ts';
import { openAppendLog } from './append-log.ts';

describe('an append log', () => {
  it('keeps lines in the order of their appends and tells where each one is', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'log.jsonl');
    const log = await openAppendLog(path);
    const lines = ['one', 'zwei ü', '', 'four'.repeat(1000)];
    const positions = await Promise.all(lines.map((line) => log.append(line)));
    await log.close();
    const bytes = readFileSync(path);
    expect(bytes.toString()).toBe(lines.map((line) => `${line}\n`).join(''));
    expect(positions.map(({ offset, length }) => bytes.subarray(offset, offset + length).toString())).toEqual(lines);
    expect(log.size).toBe(bytes.length);
  });

  it('waits at its end for what was appended', async () => {
    using folder = scratchFolder();
    const path = join(folder.path, 'log.jsonl');
    const log = await openAppendLog(path);
    const appended = log.append('late');
    await log.close();
    await expect(appended).resolves.toEqual({ offset: 0, length: 4 });
    expect(readFileSync(path, 'utf8')).toBe('late\n');
  });

  it.skipIf(!existsSync('/dev/full'))('refuses everything once the disk is full (needs /dev/full)', async () => {
    const log = await openAppendLog('/dev/full');
    const both = await Promise.allSettled([log.append('a'), log.append('b')]);
    for (const result of both) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'E_JOURNAL' } });
    await expect(log.append('c')).rejects.toThrow(/the disk is full/);
    await log.close();
  });
});
