import { isMap, isScalar, LineCounter, parse, parseDocument } from 'yaml';
import { readText, TtcError } from '../core/index.ts';
import { createLayer, type Layer } from './layer.ts';
import type { Registries } from './registries.ts';

/**
 * A YAML file as a layer whose messages say file, line and path.
 * `under` puts the whole file below a key: a `policies.yaml` is what stands under `policies`.
 */
export async function readLayer(file: string, registries: Registries, under?: string): Promise<Layer> {
  const text = await readText(file, { name: `the configuration ${file}`, code: 'E_CONFIG' });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const [wrong] = document.errors;
  if (wrong) {
    const { line, col } = lines.linePos(wrong.pos[0]);
    throw new TtcError(
      'E_CONFIG',
      `${file}:${line}:${col}: ${wrong.message.split('\n')[0]?.replace(/ at line \d+.*$/, '')}`,
      { help: 'indent with spaces, the keys of one map equally far; put a text that contains ": " or " #" in quotes' },
    );
  }
  const at = (path: readonly string[]) => {
    const inside = under === undefined ? path : path.slice(1);
    const start = keyStart(document, inside);
    const line = start === undefined ? '' : `:${lines.linePos(start).line}`;
    return inside.length === 0 ? file : `${file}${line}, ${inside.join('.')}`;
  };
  const value = toPlain(document, file);
  return createLayer(under === undefined ? value : { [under]: value ?? {} }, 'E_CONFIG', at, registries);
}

/** Where the last key of a path is written, or the nearest one above it. */
function keyStart(document: ReturnType<typeof parseDocument>, path: readonly string[]): number | undefined {
  if (path.length === 0) return undefined;
  const above = path.slice(0, -1);
  const parent = above.length > 0 ? document.getIn(above, true) : document.contents;
  const pairs = isMap(parent) ? parent.items : [];
  const key = pairs.map((pair) => pair.key).find((one) => isScalar(one) && String(one.value) === path.at(-1));
  return (isScalar(key) ? key.range?.[0] : undefined) ?? keyStart(document, above);
}

/** Many nested aliases can stand for gigabytes: the parser refuses them when the value is made. */
function toPlain(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS() ?? undefined;
  } catch (cause) {
    throw new TtcError('E_CONFIG', `${file}: ${(cause as Error).message}`, {
      cause,
      help: 'write it out without aliases',
    });
  }
}

/** `--set key.path=value`, the value written as YAML. */
export function readSetting(setting: string): { path: string[]; place: string; value: unknown } {
  const cut = setting.indexOf('=');
  const path = setting.slice(0, Math.max(cut, 0)).trim().split('.');
  // The value stays out of messages: it may be a secret at a wrong place.
  const place = `--set ${cut < 0 ? setting.split(/[^\w.+-]/)[0]?.slice(0, 80) : path.join('.')}`;
  if (cut < 1 || path.includes(''))
    throw new TtcError('E_ARGUMENT', `${place}: must be key=value, with a dotted key`, {
      help: 'for example --set policies.early_exit_28.confidence_threshold=0.9',
    });
  try {
    return { path, place, value: parse(setting.slice(cut + 1)) };
  } catch (cause) {
    throw new TtcError('E_CONFIG', `${place}: ${(cause as Error).message.split('\n')[0]}`, {
      cause,
      help: 'the value is YAML: a text that holds ": " or begins with a bracket needs quotes',
    });
  }
}

/** One setting as a layer of its own. */
export function setLayer(setting: string, registries: Registries): Layer {
  const { path, place, value } = readSetting(setting);
  const raw = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return createLayer(raw, 'E_CONFIG', () => place, registries);
}
