/** What a configuration file may say. Flags, `--set` and the environment are brought into the same form. */
import { z } from 'zod';
import { backends } from '../backends/index.ts';
import { oneOf, type Rule } from './rules.ts';
import { type Setting, type SettingKey, type SettingValues, settingOf, settings } from './settings.ts';

const schemaOfRule = (rule: Rule<unknown>) =>
  z.custom((value) => rule.holds(value), { error: ({ input }) => rule.complain(input) }).optional();

const mapValues = <A, B>(map: Readonly<Record<string, A>>, of: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, of(value)]));

const schemaOf = ({ rule, fields }: Setting): z.ZodType =>
  fields ? z.strictObject(mapValues(fields, schemaOfRule)).optional() : schemaOfRule(rule);

const sectionOfKeys = (keys: readonly string[]) =>
  z.strictObject(Object.fromEntries(keys.map((key) => [key, schemaOf(settingOf(key) as Setting)]))).optional();

/** A server under a name of its own: what the section of its backend may hold, and which backend that is. */
const endpointSchema = z.strictObject({
  backend: schemaOfRule(oneOf(backends.filter(({ kind }) => kind === 'api').map(({ name }) => name))),
  ...Object.fromEntries(
    backends.find(({ name }) => name === 'openai')?.section.map((key) => [key, schemaOf(settingOf(key) as Setting)]) ??
      [],
  ),
});

/** The keys of a configuration file. `policies` and `benchmarks` are checked against names in `selection.ts`. */
export const documentSchema = z.strictObject({
  ...mapValues(settings as Record<string, Setting>, schemaOf),
  ...Object.fromEntries(backends.map(({ name, section }) => [name, sectionOfKeys(section)])),
  endpoints: z
    .record(z.string().regex(/^[\w.-]+$/, 'must be a name of letters, digits, ., _ and -'), endpointSchema)
    .optional(),
});

/** The keys of a section under `benchmarks`, beside the benchmark's own options. */
export const benchmarkSectionSchema = z.looseObject({
  samples: schemaOf(settings.samples),
  timeout: schemaOf(settings.timeout),
  system_prompt: schemaOf(settings.system_prompt),
  prompt_template: schemaOf(settings.prompt_template),
  shots: schemaOf(settings.shots),
  stop: schemaOf(settings.stop),
});

/** The keys of every benchmark's section, whatever its own options are. */
export const benchmarkKeys = Object.keys(benchmarkSectionSchema.shape) as readonly SettingKey[];

/** Settings at the top level, and below the names of backends. */
export type Document = SettingValues & {
  endpoints?: Readonly<Record<string, Omit<SettingValues, 'backend'> & { backend?: string }>>;
};

/** What a document says in the section of a backend. */
export const sectionOf = (document: Document, backend: string): SettingValues | undefined =>
  (document as Record<string, unknown>)[backend] as SettingValues | undefined;

/** Keys of the object at a path of the schema; none where there is no object with fixed keys. */
export function keysAt(path: readonly string[]): string[] {
  let schema: unknown = documentSchema;
  for (const key of ['', ...path]) {
    if (key && schema instanceof z.ZodObject) schema = schema.shape[key];
    if (schema instanceof z.ZodOptional) schema = schema.unwrap();
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
