/** The repository holds no text of CRMArena-Pro, whose licence (CC BY-NC 4.0) is not ours. */
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { tasksFor } from '../src/benchmarks/crm-synth/crm-samples.ts';
import { families } from '../src/benchmarks/crm-synth/families/index.ts';
import { buildOrg } from '../src/benchmarks/crm-synth/org/build-org.ts';
import { questionOf, recordsText, roleOf } from '../src/benchmarks/crm-synth/prompt-text.ts';
import { textFamilies } from '../src/benchmarks/crm-synth/text/index.ts';
import { textSample } from '../src/benchmarks/crm-synth/text/text-samples.ts';

/** Rows `{"prompt": …}`, one a line. Ours to read, not to keep. */
const official = process.env.TTCBENCH_CRMARENA_TEXT;
const isThere = official !== undefined && existsSync(official);
const root = join(import.meta.dirname, '..');
/** Words in a row that are taken for a copy. Phrases that any question of the kind has are shorter. */
const LENGTH = 8;

const wordsOf = (text: string) => text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
function grams(text: string): string[] {
  const words = wordsOf(text);
  return Array.from({ length: Math.max(0, words.length - LENGTH + 1) }, (_, i) => words.slice(i, i + LENGTH).join(' '));
}

async function officialGrams(): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(official as string) }))
    for (const gram of grams((JSON.parse(line) as { prompt: string }).prompt)) found.add(gram);
  return found;
}

/** Text files that people write: source, tests, pages. */
function ownTexts(): [name: string, text: string][] {
  const isText = (name: string) => /\.(ts|mjs|md|json|jsonl|yaml|txt)$/.test(name) && !/node_modules/.test(name);
  return ['src', 'test', 'docs', 'examples', 'assets', 'scripts', 'perf'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(isText)
      .map((name): [string, string] => [join(folder, name), readFileSync(join(root, folder, name), 'utf8')]),
  );
}

/** What the generator writes. */
function generated(): [name: string, text: string][] {
  const org = buildOrg('S', 0);
  const setting = { level: 4, mode: 'context', turns: 'single', seed: 0, budget: 2048 } as const;
  const big = families.flatMap((family) => {
    const texts: [string, string][] = [];
    for (const task of tasksFor(family, org, setting)) {
      texts.push([`${family.name}-${task.index}`, `${roleOf(family)}\n${recordsText(task)}\n${questionOf(task)}`]);
      if (texts.length === 10) break;
    }
    return texts;
  });
  const small = textFamilies.flatMap((family) =>
    Array.from({ length: 10 }, (_, i): [string, string] => {
      const { messages } = textSample(family, 2, 0, i);
      return [`${family.name}-${i}`, messages.map(({ content }) => content).join('\n')];
    }),
  );
  return [...big, ...small];
}

describe('texts of CRMArena-Pro', () => {
  it.skipIf(!isThere)(
    `are nowhere in the repository: no ${LENGTH} words in a row, skipped unless TTCBENCH_CRMARENA_TEXT names the rows`,
    async () => {
      const theirs = await officialGrams();
      expect(theirs.size).toBeGreaterThan(10_000);
      const copied = [...ownTexts(), ...generated()].flatMap(([name, text]) => {
        const hit = grams(text).find((gram) => theirs.has(gram));
        return hit === undefined ? [] : [`${name}: ${hit}`];
      });
      expect(copied).toEqual([]);
    },
  );

  it('would be found: eight words of a row in a page', () => {
    const row = 'these are the many words of a row that nobody may copy';
    const theirs = new Set(grams(row));
    expect(grams(`A page says: ${row.toUpperCase()}, and more.`).some((gram) => theirs.has(gram))).toBe(true);
    expect(grams('A page says other words than the ones of that row, and more.').some((gram) => theirs.has(gram))).toBe(
      false,
    );
  });
});
