/** What an engine says about itself, as lines of `ttcbench doctor`. */
import { breakEvenAcceptance, type PassPrices } from '../decode/index.ts';

export interface Finding {
  name: string;
  /** `warning`: it works, but less well than it could. */
  state: 'ok' | 'missing' | 'warning' | 'wrong';
  about: string;
  help?: string;
}

type Said = Omit<Finding, 'name'>;

const sentences: Record<string, (value: never, facts: Record<string, unknown>) => Said> = {
  rowInvariance: aboutRows,
  rowWays: aboutWays,
  passMs: aboutPrices,
  weights: aboutWeights,
  layouts: aboutLayouts,
  graphs: ({ built, cached }: Record<string, number>) =>
    fine(`${built} built so far, ${cached} kept for passes of the same shape`),
  kvBuffers: ({ created, free }: Record<string, number>) =>
    fine(`${created} made so far, ${free} free for the next call`),
  workingBytes: (bytes: number) => fine(`${bytes.toLocaleString('en')} bytes beside weights and caches`),
};

/** One finding per fact: whole sentences where a fact can be worse than it should be. */
export function engineFindings(facts: Record<string, unknown>): Finding[] {
  return Object.entries(facts).map(([name, value]) => {
    const about = sentences[name] ?? plain;
    return { name: `engine ${name.replaceAll('_', ' ')}`, ...about(value as never, facts) };
  });
}

const fine = (about: string): Said => ({ state: 'ok', about });

/** Of several values each with its name: nobody should have to read JSON. */
function plain(value: unknown): Said {
  if (value === null || typeof value !== 'object') return fine(String(value));
  if (Array.isArray(value)) return fine(value.join(', ') || 'none');
  return fine(
    Object.entries(value)
      .map(([name, one]) => `${name} ${one}`)
      .join(', '),
  );
}

/** @param layouts orders of matrices, beside that of the file, that the library has for this processor */
function aboutLayouts(layouts: readonly string[]): Said {
  return fine(
    layouts.length > 0 ? `faster orders of matrices here: ${layouts.join(', ')}` : 'no faster order of matrices here',
  );
}

interface Rows {
  label: string;
  checked: readonly number[];
  differing: readonly number[];
  largest: number;
}

/** Kinds of matrices of which no way to multiply them gives every row the bits it has alone. */
const withoutBits = (ways: Record<string, string>) =>
  Object.keys(ways).filter((kind) => ways[kind]?.includes('none with the bits'));

function aboutRows({ label, checked, differing, largest }: Rows, { rowWays }: Record<string, unknown>): Said {
  const others = Math.max(...checked) - 1;
  if (label === 'bits') {
    const about = `a row of a decode pass gives the same bits alone and with up to ${others} others`;
    return { state: 'ok', about };
  }
  const shown = largest === 0 ? 'no logit shows it' : `a logit differs by up to ${largest.toPrecision(2)}`;
  return {
    state: 'warning',
    about: `the last bits of a row's results change with the number of rows in its pass (passes of ${differing.join(', ')} rows; ${shown}), so only the baseline and its controls are called exact`,
    help: helpWithRows(withoutBits((rowWays ?? {}) as Record<string, string>)),
  };
}

const helpWithRows = (kinds: readonly string[]) =>
  kinds.length > 0
    ? `no way to multiply these matrices on this processor keeps the bits: ${kinds.join(', ')}; try the model in another quantisation`
    : 'the matrices are not the cause; try another CPU library (TTCBENCH_GGML_CPU, see docs/engine.md)';

/** @param ways kind of matrix → how passes of few rows are multiplied; empty where all rows go together */
function aboutWays(ways: Record<string, string>): Said {
  const own = Object.entries(ways).filter(([, way]) => way !== '');
  if (own.length === 0) return fine('the rows of a pass are multiplied together');
  return fine(
    `the rows of a pass are multiplied together, but ${own.map(([kind, way]) => `${kind}: ${way}`).join('; ')}`,
  );
}

/** @param prices milliseconds by the number of rows in a pass */
function aboutPrices(prices: PassPrices): Said {
  const counts = Object.keys(prices).map(Number);
  const costs = counts.map((rows) => `${rows} row${rows > 1 ? 's' : ''} ${prices[rows]?.toPrecision(3)} ms`).join(', ');
  const drafts = counts.filter((rows) => rows > 1).map((rows) => rows - 1);
  const shares = drafts
    .map((count) => `${count}: ${Math.round(100 * breakEvenAcceptance(prices, count))} %`)
    .join(', ');
  return fine(
    `time of a pass: ${costs}; drafting pays if more than this share of the drafts is right, by drafts in a pass: ${shares}`,
  );
}

/** @param weights number of matrices by the order they lie in */
function aboutWeights(weights: Record<string, number>, { layouts, library }: Record<string, unknown>): Said {
  const all = Object.values(weights).reduce((sum, matrices) => sum + matrices, 0);
  const faster = Object.entries(weights).filter(([order, matrices]) => order !== 'plain' && matrices > 0);
  if (faster.length > 0) {
    const orders = faster.map(([order, matrices]) => `${matrices} ${order}`).join(', ');
    return { state: 'ok', about: `of ${all} matrices ${orders}, ${weights.plain ?? 0} as in the file` };
  }
  const asInFile = `all ${all} matrices lie as in the file (plain)`;
  if ((layouts as readonly string[] | undefined)?.length !== 0) {
    return { state: 'ok', about: `${asInFile}: this processor has no faster order for their types` };
  }
  return {
    state: 'warning',
    about: `${asInFile}: ${library} has no faster order for any type, so models run slower than they could`,
    help: 'a processor with AVX2, or ARM with dot products, repacks 4-bit types',
  };
}
