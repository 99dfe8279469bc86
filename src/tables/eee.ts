/**
 * Scores and times as records of Every Eval Ever (schema 0.3.0), the shared format for results of evaluations: one record
 * for each run, variant, backend and model. Its schema wants to know more than a run does: the developer of a model and
 * whether its weights are open are `unknown`, and nothing stands in for answers, which rows do not hold.
 */
import { hash, type Metric } from '../core/index.ts';
import { metrics } from '../metrics/index.ts';
import { quoted } from './columns.ts';
import { type DuckDBConnection, queryJson } from './open-database.ts';

const schemaVersion = '0.3.0';

export interface EvaluationFile {
  /** Below the folder of the export: `data/ttcbench/<developer>/<model>/<uuid>.json`, as the shared store has them. */
  path: string;
  record: Record<string, unknown>;
}

/** Only of these can it be said which direction is better. */
const compared = metrics.filter(({ better }) => better !== 'neither');

const cell = ['run', 'run_id', 'policy_name', 'realisation', 'fidelity', 'backend', 'model'];

/** @param now when the records are made */
export async function evaluationsOf(connection: DuckDBConnection, now: Date): Promise<EvaluationFile[]> {
  const columns = await queryJson(connection, 'DESCRIBE trials');
  const has = new Set(columns.map(({ column_name }) => column_name));
  const known = compared.filter(({ name }) => has.has(name));
  const groups = await queryJson(connection, cellsSql(known));
  const own = await queryJson(connection, benchmarkScoresSql);
  const cells = new Map<string, Record<string, unknown>[]>();
  for (const group of groups) {
    const key = keyOf(group);
    cells.set(key, [...(cells.get(key) ?? []), group]);
  }
  return [...cells.values()].map((members) => {
    const scores = own.filter((one) => keyOf(one) === keyOf(members[0] ?? {}));
    return fileOf(members, known, scores, now);
  });
}

const keyOf = (row: Record<string, unknown>) => JSON.stringify(cell.map((name) => row[name]));

const cellsSql = (known: readonly Metric[]) => `
  SELECT ${cell.join(', ')}, benchmark, count(*) AS trials, count(DISTINCT sample_id) AS samples,
    count(*) FILTER (status = 'failed') AS failed, any_value(params) AS params, any_value(machine) AS machine,
    any_value(version) AS version, any_value(temperature) AS temperature, any_value(max_tokens) AS max_tokens,
    any_value(encoder) AS encoder, epoch_ms(min(coalesce(started_at, ended_at))) AS begun,
    ${known.map(({ name }) => statistics(quoted(name), name)).join(', ')}
  FROM trials GROUP BY ${cell.join(', ')}, benchmark ORDER BY ALL`;

const benchmarkScoresSql = `
  SELECT ${cell.join(', ')}, benchmark, score.key AS score, ${statistics('score.value', 'value')}
  FROM (SELECT ${cell.join(', ')}, benchmark, unnest(map_entries(scores)) AS score FROM trials)
  GROUP BY ${cell.join(', ')}, benchmark, score.key ORDER BY ALL`;

function statistics(of: string, name: string): string {
  const as = (what: string) => quoted(`${what} ${name}`);
  return `avg(${of}) AS ${as('mean')}, stddev_samp(${of}) AS ${as('deviation')}, count(${of}) AS ${as('count')}`;
}

function fileOf(
  members: readonly Record<string, unknown>[],
  known: readonly Metric[],
  scores: readonly Record<string, unknown>[],
  now: Date,
): EvaluationFile {
  const first = members[0] ?? {};
  const model = String(first.model);
  const begun = Math.min(...members.map(({ begun }) => Number(begun)));
  const id = hash(['every-eval-ever', cell.map((name) => first[name])]);
  const results = members.flatMap((member) => [
    ...known.flatMap((metric) => resultOf(member, metric, metric.name, member)),
    ...scores
      .filter(({ benchmark }) => benchmark === member.benchmark)
      .flatMap((row) => resultOf(member, scoreOf(String(row.score)), 'value', row)),
  ]);
  const record = {
    schema_version: schemaVersion,
    evaluation_id: `ttcbench/${model}/${first.policy_name}/${id.slice(0, 12)}`,
    evaluation_timestamp: seconds(begun),
    retrieved_timestamp: seconds(now.getTime()),
    source_metadata: {
      source_name: 'ttcbench',
      source_type: 'evaluation_run',
      source_organization_name: 'unknown',
      evaluator_relationship: 'other',
      additional_details: texts({ run_id: first.run_id, machine: first.machine }),
    },
    eval_library: { name: 'ttcbench', version: String(first.version ?? 'unknown') },
    model_info: {
      ...{ name: model, id: model },
      ...(first.realisation === 'engine'
        ? { inference_engine: { name: 'ttcbench (ggml)', version: String(first.version ?? 'unknown') } }
        : { inference_platform: String(first.backend) }),
      additional_details: {
        deployment_type: first.realisation === 'engine' ? 'self_deployed' : 'unknown',
        model_availability: 'unknown',
        ...texts({ policy_name: first.policy_name, policy_params: first.params, fidelity: first.fidelity }),
        ...texts({ realisation: first.realisation, backend: first.backend }),
      },
    },
    evaluation_results: results,
  };
  return { path: `data/ttcbench/${folderOf(model)}/${uuidOf(id)}.json`, record };
}

function resultOf(
  {
    benchmark,
    trials,
    samples,
    failed,
    params,
    policy_name,
    temperature,
    max_tokens,
    encoder,
    begun,
  }: Record<string, unknown>,
  metric: Pick<Metric, 'name' | 'unit' | 'better' | 'about'>,
  column: string,
  from: Record<string, unknown>,
): Record<string, unknown>[] {
  const score = from[`mean ${column}`];
  if (typeof score !== 'number' || !Number.isFinite(score)) return [];
  const deviation = from[`deviation ${column}`];
  const isScore = metric.unit === 'score';
  return [
    {
      evaluation_result_id: `${benchmark}/${metric.name}`,
      evaluation_name: String(benchmark),
      evaluation_timestamp: seconds(Number(begun)),
      source_data: { dataset_name: String(benchmark), source_type: 'other' },
      metric_config: {
        ...{ metric_id: metric.name, metric_name: metric.name, metric_unit: metric.unit },
        evaluation_description: metric.about,
        lower_is_better: metric.better === 'less',
        score_type: 'continuous',
        min_score: isScore ? 0 : '-Infinity',
        max_score: isScore ? 1 : 'Infinity',
        ...(typeof encoder === 'string' &&
          metric.name === 'semantic_similarity' && { additional_details: { encoder } }),
      },
      score_details: {
        score,
        details: texts({ trials, failed_trials: failed, samples }),
        uncertainty: {
          ...(typeof deviation === 'number' && Number.isFinite(deviation) && { standard_deviation: deviation }),
          num_samples: Number(from[`count ${column}`]),
        },
      },
      generation_config: {
        generation_args: {
          ...(typeof temperature === 'number' && { temperature }),
          ...(max_tokens != null && { max_tokens: Number(max_tokens) }),
        },
        additional_details: texts({ policy_name, policy_params: params }),
      },
    },
  ];
}

/** A score that only its benchmark knows: in [0, 1], and more is better. */
const scoreOf = (name: string): Pick<Metric, 'name' | 'unit' | 'better' | 'about'> => ({
  ...{ name, unit: 'score', better: 'more' },
  about: 'A score of the benchmark.',
});

const seconds = (milliseconds: number) => String(milliseconds / 1000);

/** Details are text throughout; what is not known is left out. */
const texts = (details: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(details).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])),
  );

/** Developer and model, as names of folders on every system. */
function folderOf(model: string): string {
  const at = model.indexOf('/');
  const [developer, name] = at > 0 ? [model.slice(0, at), model.slice(at + 1)] : ['unknown', model];
  return [developer, name].map((part) => part.replace(/[^\w.-]+/g, '_').replace(/\.+$/, '') || '_').join('/');
}

/** The same record has the same name whenever it is made: the bits of version 4 around the hash. */
const uuidOf = (id: string): string =>
  `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`;
