/** The registry of benchmarks: what `--benchmark` takes. */
import { type AnyBenchmark, didYouMean, isFile, TtcError } from '../core/index.ts';
import { crmSynth } from './crm-synth/crm-synth.ts';
import { crmarena } from './crmarena/crmarena.ts';
import { extract } from './extract/extract.ts';
import { ownFile } from './own-file/own-file.ts';
import { scorers } from './own-file/scorers.ts';
import { tinyCrm } from './tiny-crm/tiny-crm.ts';
import { worfSynth } from './worf-synth/worf-synth.ts';
import { worfbench } from './worfbench/worfbench.ts';

export { checkRows, type DataKind, dataKinds } from './check-rows.ts';
export { type DataSource, dataSources } from './data-sources.ts';
export { crmarena, crmSynth, extract, ownFile, scorers, tinyCrm, worfbench, worfSynth };

export const builtBenchmarks: readonly AnyBenchmark[] = [crmarena, crmSynth, extract, tinyCrm, worfSynth, worfbench];

/**
 * The benchmark of a name, or of a `.jsonl` file of the user's own (whose scores depend on the option `scorer`).
 * @throws TtcError E_BENCHMARK (unknown), E_DATA (unusable file)
 */
export async function findBenchmark(name: string, options: Record<string, unknown> = {}): Promise<AnyBenchmark> {
  const built = builtBenchmarks.find((benchmark) => benchmark.name === name);
  if (built) return built;
  if (isFile(name)) return ownFile(name, options);
  const known = builtBenchmarks.map((benchmark) => benchmark.name);
  throw new TtcError('E_BENCHMARK', `there is no benchmark ${JSON.stringify(name)}${didYouMean(name, known)}`, {
    help: `known are ${known.join(', ')}, or the path of a .jsonl file`,
  });
}
