import { z } from 'zod';
import { didYouMean, type Message, type Sample, TtcError, validate } from '../../core/index.ts';
import { repeatedKey } from './repeated-key.ts';

export interface OwnSample extends Sample {
  messages: readonly Message[];
  stop?: readonly string[];
  maxTokens?: number;
}

const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

const fields = {
  id: z.union([z.string().min(1), z.int().transform(String)], {
    error: 'must be a text, or a whole number of at most 15 digits (longer ones lose digits: quote them)',
  }),
  prompt: z.string().min(1).optional(),
  messages: z.array(message).nonempty().optional(),
  reference: z.string(),
  family: z.string().min(1).optional(),
  stop: z
    .union([
      z
        .string()
        .min(1)
        .transform((text) => [text]),
      z.array(z.string().min(1)),
    ])
    .optional(),
  max_tokens: z.int().positive().optional(),
};

const row = z
  .strictObject(fields)
  .refine(({ prompt, messages }) => (prompt === undefined) !== (messages === undefined), {
    error: 'give either prompt or messages',
  });

/** The longest line, in characters: 16 Mi, about four million tokens. A file may have 200 MiB (`readText`). */
export const longestLine = 16 * 2 ** 20;

/**
 * The samples of a JSON Lines file; lines end with a newline, a carriage return, or both. `name` is the file as errors
 * call it. Throws E_DATA with line and field.
 */
export function readSamples(text: string, name: string): OwnSample[] {
  const { samples, problems } = collectSamples(text, name, 1);
  if (problems[0]) throw problems[0];
  return samples;
}

/** The samples that can be read, and what is wrong with the other lines, as far as the `most`-th of them. */
export function collectSamples(
  text: string,
  name: string,
  most: number,
): { samples: OwnSample[]; problems: TtcError[] } {
  const samples = new Map<string, { line: number; sample: OwnSample }>();
  const problems: TtcError[] = [];
  let line = 0;
  for (const found of linesOf(text)) {
    line++;
    try {
      const sample = readOne(found, `${name}, line ${line}`, samples);
      if (sample) samples.set(sample.id, { line, sample });
    } catch (error) {
      if (!(error instanceof TtcError)) throw error;
      if (problems.push(error) === most) break;
    }
  }
  if (samples.size === 0 && problems.length === 0) problems.push(damaged(`${name} holds no samples`));
  return { samples: [...samples.values()].map(({ sample }) => sample), problems };
}

/** undefined: an empty line. */
function readOne(found: string, where: string, earlier: ReadonlyMap<string, { line: number }>): OwnSample | undefined {
  const content = found.replace(/^\uFEFF+/, '');
  if (content.length > longestLine)
    throw damaged(`${where}: it has ${content.length} characters, and ${longestLine} are the most`);
  if (content.trim() === '') return undefined;
  const sample = readLine(content, where);
  const same = earlier.get(sample.id);
  if (same)
    throw damaged(`${where}: the id ${JSON.stringify(sample.id).slice(1, -1)} was used on line ${same.line} already`);
  return sample;
}

/** One line after the other: all of a large file at once would be held twice. */
function* linesOf(text: string): Generator<string> {
  const end = /\r\n|\n|\r/g;
  let start = 0;
  for (let found = end.exec(text); found; found = end.exec(text)) {
    yield text.slice(start, found.index);
    start = end.lastIndex;
  }
  yield text.slice(start);
}

function readLine(content: string, where: string): OwnSample {
  const value = parse(content, where);
  const twice = repeatedKey(content);
  if (twice !== undefined) throw damaged(`${where}: the field ${JSON.stringify(twice)} is given twice`);
  rejectUnknownKeys(value, where);
  const { max_tokens: maxTokens, prompt, messages, ...rest } = checked(value, where);
  refuseHalves({ prompt, messages, ...rest }, where);
  const sent: readonly Message[] = messages ?? [{ role: 'user', content: prompt as string }];
  return {
    ...rest,
    prompt: prompt ?? sent.map(({ role, content }) => `${role}: ${content}`).join('\n\n'),
    messages: sent,
    ...(maxTokens !== undefined && { maxTokens }),
  };
}

function checked(value: unknown, where: string): z.output<typeof row> {
  try {
    return validate(row, value, where, 'E_DATA');
  } catch (error) {
    throw damaged((error as Error).message);
  }
}

/** Half of a pair (`\ud83d` alone) is a JSON text, but no server could be sent it: another character would take its place. */
function refuseHalves(fields: Readonly<Record<string, unknown>>, where: string): void {
  for (const [field, value] of Object.entries(fields)) {
    const half = /\p{Surrogate}/u.exec(textsOf(value).join('\n'))?.[0];
    if (half === undefined) continue;
    const code = half.charCodeAt(0).toString(16);
    throw damaged(`${where}: ${field}: \\u${code} is half of a character, and its other half is missing`);
  }
}

const textsOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [String(value)];

/** What the parser says quotes the file, so only the place is taken from it. */
function parse(content: string, where: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const position = /at position (\d+)/.exec((cause as Error).message)?.[1];
    throw damaged(`${where}: not JSON${position === undefined ? '' : `, from character ${Number(position) + 1} on`}`);
  }
}

function rejectUnknownKeys(value: unknown, where: string): void {
  const known = Object.keys(fields);
  const unknown = Object.keys(Object(value)).find((key) => !known.includes(key));
  if (Array.isArray(value)) throw damaged(`${where}: a list; give each sample a line of its own, without brackets`);
  if (unknown === undefined) return;
  throw damaged(`${where}: unknown field ${JSON.stringify(unknown)}${didYouMean(unknown, known)}`);
}

function damaged(message: string): TtcError {
  return new TtcError('E_DATA', message, {
    help: 'each line is a JSON object with id, prompt or messages, reference, and optionally family, stop, max_tokens',
  });
}
