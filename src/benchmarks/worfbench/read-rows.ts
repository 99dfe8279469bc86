import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fileWords, readText, TtcError, validate } from '../../core/index.ts';
import { type GoldPlan, readGoldPlan } from '../../scorers/index.ts';

export interface WorfRow {
  id: string;
  family: string;
  system: string;
  user: string;
  /** The official gold answer. */
  reference: string;
  gold: GoldPlan;
}

const turn = <R extends string>(role: R) => z.looseObject({ role: z.literal(role), content: z.string().min(1) });

const row = z.looseObject({
  id: z.string().min(1),
  source: z.string().min(1),
  conversations: z.tuple([turn('system'), turn('user'), turn('assistant')]),
});

/**
 * All rows of a folder of official files (`os.json`, `lumos.json` …) or of one file, in the files' alphabetical order.
 * @throws TtcError E_DATA naming file and row (counted from 1)
 */
export async function readRows(path: string): Promise<WorfRow[]> {
  const { rows, problems } = await collectRows(path, 1);
  if (problems[0]) throw problems[0];
  return rows;
}

/** The rows that can be read, and what is wrong with the others, as far as the `most`-th of them. */
export async function collectRows(path: string, most: number): Promise<{ rows: WorfRow[]; problems: TtcError[] }> {
  const rows = new Map<string, WorfRow>();
  const problems: TtcError[] = [];
  const attempt = (step: () => void) => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof TtcError)) throw error;
      problems.push(error);
    }
  };
  for (const file of await filesOf(path)) {
    let values: unknown[] = [];
    const text = await readText(file, { name: `the WorfBench data ${file}` });
    attempt(() => {
      values = listOf(text, file);
    });
    for (const [index, value] of values.entries()) {
      if (problems.length >= most) return { rows: [...rows.values()], problems };
      attempt(() => {
        const found = readRow(value, `${basename(file)}, row ${index + 1}`);
        if (rows.has(found.id))
          throw damaged(`${file}: the id ${JSON.stringify(found.id).slice(1, -1)} occurs twice in the data`);
        rows.set(found.id, found);
      });
    }
  }
  return { rows: [...rows.values()], problems };
}

async function filesOf(path: string): Promise<string[]> {
  const about = await stat(path).catch((cause) => {
    throw damaged(`the WorfBench data ${path} cannot be read: ${fileWords(path, cause)}`);
  });
  if (!about.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw damaged(`${path} holds no .json file`);
  return names.map((name) => join(path, name));
}

function listOf(text: string, file: string): unknown[] {
  const values = parse(text, file);
  if (!Array.isArray(values)) throw damaged(`${file}: not a list of rows`);
  return values;
}

function readRow(value: unknown, where: string): WorfRow {
  const { id, source, conversations } = checked(value, where);
  const [system, user, answer] = conversations.map(({ content }) => content) as [string, string, string];
  return { id, family: source, system, user, reference: answer, gold: goldOf(answer, where) };
}

function checked(value: unknown, where: string): z.output<typeof row> {
  try {
    return validate(row, value, where, 'E_DATA');
  } catch (error) {
    throw damaged((error as Error).message);
  }
}

function goldOf(answer: string, where: string): GoldPlan {
  try {
    return readGoldPlan(answer);
  } catch (error) {
    throw damaged(`${where}: ${(error as Error).message}`);
  }
}

function parse(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    // What the parser says quotes the file, so only the place is taken from it.
    const position = /at position (\d+)/.exec((cause as Error).message)?.[1];
    throw damaged(`${file}: not JSON${position === undefined ? '' : `, from character ${Number(position) + 1} on`}`);
  }
}

function damaged(message: string): TtcError {
  return new TtcError('E_DATA', message, {
    help: 'give the folder of the official test files, or one of them: lists of { id, source, conversations }',
  });
}
