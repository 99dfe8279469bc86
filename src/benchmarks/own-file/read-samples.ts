import { z } from 'zod';
import { didYouMean, type Message, type Sample, TtcError, validate } from '../../core/index.ts';

export interface OwnSample extends Sample {
  messages: readonly Message[];
  stop?: readonly string[];
  maxTokens?: number;
}

const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

const fields = {
  id: z.union([z.string().min(1), z.int().transform(String)]),
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

/** The samples of a JSON Lines file. `name` is the file as errors call it. Throws E_DATA with line and field. */
export function readSamples(text: string, name: string): OwnSample[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const samples = new Map<string, { line: number; sample: OwnSample }>();
  lines.forEach((content, index) => {
    if (content.trim() === '') return;
    const line = index + 1;
    const sample = readLine(content, `${name}, line ${line}`);
    const earlier = samples.get(sample.id);
    if (earlier) throw damaged(`${name}, line ${line}: the id ${sample.id} was used on line ${earlier.line} already`);
    samples.set(sample.id, { line, sample });
  });
  if (samples.size === 0) throw damaged(`${name} holds no samples`);
  return [...samples.values()].map(({ sample }) => sample);
}

function readLine(content: string, where: string): OwnSample {
  const value = parse(content, where);
  rejectUnknownKeys(value, where);
  const { max_tokens: maxTokens, prompt, messages, ...rest } = checked(value, where);
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

function parse(content: string, where: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw damaged(`${where}: not JSON (${(cause as Error).message})`);
  }
}

function rejectUnknownKeys(value: unknown, where: string): void {
  const known = Object.keys(fields);
  const unknown = Object.keys(Object(value)).find((key) => !known.includes(key));
  if (unknown === undefined || Array.isArray(value)) return;
  throw damaged(`${where}: unknown field ${JSON.stringify(unknown)}${didYouMean(unknown, known)}`);
}

function damaged(message: string): TtcError {
  return new TtcError('E_DATA', message, {
    help: 'each line is a JSON object with id, prompt or messages, reference, and optionally family, stop, max_tokens',
  });
}
