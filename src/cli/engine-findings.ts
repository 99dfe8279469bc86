/** What an engine says about itself, as lines of `ttcbench doctor`. */

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

function aboutRows({ label, checked, differing, largest }: Rows): Said {
  const others = Math.max(...checked) - 1;
  if (label === 'bits') {
    const about = `rows of one decode pass have the same bits whether they run alone or with up to ${others} others`;
    return { state: 'ok', about };
  }
  const shown = largest === 0 ? 'it does not show in a logit' : `a logit differs by up to ${largest.toPrecision(2)}`;
  return {
    state: 'warning',
    about: `rows of one decode pass have other last bits than rows that run alone (passes of ${differing.join(', ')} rows; ${shown}): only the baseline and its controls are called exact`,
    help: 'F16 and repacked Q4_K do this: a model in Q4_0, Q4_1 or Q8_0 may pass',
  };
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
