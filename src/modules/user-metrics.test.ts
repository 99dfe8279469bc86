import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { userMetrics } from './user-metrics.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttcbench-metrics-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(name: string, text: string) {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return userMetrics([path]);
}

describe('a module of metrics', () => {
  it('exports functions by name, with what they are where they are no scores', async () => {
    const words = "{ score: (text) => text.length, unit: 'count', better: 'less', about: 'Letters.' }";
    const metrics = await load('fine', `export default { same: () => 1, letters: ${words} };`);
    expect(metrics).toMatchObject([
      { name: 'same', unit: 'score', better: 'more' },
      { name: 'letters', unit: 'count', better: 'less', about: 'Letters.' },
    ]);
  });

  it('with an object of other keys is told those that there are', async () => {
    const help = expect.stringMatching(/\{ score, unit, better, about \}/);
    await expect(load('keys', 'export default { x: { fn: () => 1 } };')).rejects.toMatchObject({ help });
  });

  it.each([
    ['a number', '{ x: 1 }', /x is not a function/],
    ['nothing', '{ x: null }', /x is not a function/],
    ['no function', "{ x: { unit: 'count' } }", /x has no function under score$/],
    ['a wrong key', "{ x: { scor: () => 1, unit: 'count' } }", /x has no .* score; there is no key scor\b.*\bscore\b/],
    ['a unit that is none', "{ x: { score: () => 1, unit: 'second' } }", /metric x: there is no unit second/],
    ['no metric at all', '{}', /adds no metric/],
  ])('with %s is refused', async (name, text, message) => {
    const loading = load(name.replaceAll(' ', '-'), `export default ${text};`);
    await expect(loading).rejects.toMatchObject({
      code: 'E_ARGUMENT',
      message: expect.stringMatching(message),
      help: expect.stringMatching(/\w/),
    });
  });
});
