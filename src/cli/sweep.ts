/** `ttcbench sweep`: one policy over values of its parameters, as one run against one baseline. */
import { type PolicyConfig, TtcError } from '../core/index.ts';
import { loadConfig, registries } from '../ttcbench/index.ts';
import { type Flags, measure } from './run.ts';

export async function sweep({ param, ...flags }: Flags & { param: string[] }): Promise<void> {
  const resolved = await loadConfig({ flags, registries });
  const [policy, ...others] = resolved.config.policies;
  if (!policy || others.length > 0) {
    throw new TtcError('E_ARGUMENT', 'a sweep is over one policy', { help: 'name it with --policy' });
  }
  resolved.config.policies = combinations(param.map(valuesOf)).map((params) => variantOf(policy, params));
  await measure(resolved, flags);
}

type Values = [name: string, values: unknown[]];

function valuesOf(text: string): Values {
  const cut = text.indexOf('=');
  const values = text
    .slice(cut + 1)
    .split(',')
    .map((word) => word.trim());
  if (cut < 1 || values.includes('')) {
    throw new TtcError('E_ARGUMENT', `--param ${text}: must be NAME=VALUE,VALUE,…`, {
      help: 'for example --param confidence_threshold=0.5,0.7,0.9',
    });
  }
  return [text.slice(0, cut).trim(), values.map(parse)];
}

/** Numbers, true, false and null are what they look like; the rest is text. */
function parse(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return word;
  }
}

function combinations(axes: readonly Values[]): Record<string, unknown>[] {
  return axes.reduce<Record<string, unknown>[]>(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
}

function variantOf({ name, params }: PolicyConfig, changes: Record<string, unknown>): PolicyConfig {
  const label = Object.entries(changes)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
  return { name, params: { ...params, ...changes }, label: `${name}[${label}]` };
}
