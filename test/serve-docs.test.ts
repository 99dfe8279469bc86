/** The page of the server names what the server reads and refuses. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { serveCommand } from '../src/cli/serve.ts';
import { refusedFields, requestFields } from '../src/serve/request-fields.ts';

const page = readFileSync(new URL('../docs/serve.md', import.meta.url), 'utf8');

describe('docs/serve.md', () => {
  it.each(Object.keys(requestFields.shape))('says what becomes of %s', (field) => {
    expect(page).toContain(`\`${field}`);
  });

  it('a reason stands only beside fields that are refused, or that have one harmless value', () => {
    for (const field of Object.keys(refusedFields)) {
      const schema = (requestFields.shape as Record<string, { safeParse(value: unknown): { success: boolean } }>)[
        field
      ];
      for (const value of [1.5, 'flex', true, { 5: 1 }])
        expect(schema?.safeParse(value).success ?? false, field).toBe(false);
    }
  });

  it('has the flags that its commands use', () => {
    const known = serveCommand().options.map(({ long }) => long);
    const used = [...page.matchAll(/ttcbench serve[^`\n|]*/g)].flatMap(([words]) => words.match(/--[a-z-]+/g) ?? []);
    expect(used.length).toBeGreaterThan(6);
    expect([...new Set(used)].filter((flag) => !known.includes(flag) && flag !== '--help')).toEqual([]);
  });
});
