/** What a run folder's manifest says of how its numbers came about, for the end of a report. */
import { plainText } from '../core/index.ts';
import type { FactGroup, RunFact } from '../report/index.ts';
import type { RunManifest } from '../store/manifest.ts';

/** Longer values, such as lists of shapes, are cut. */
const most = 300;

export function runFacts(manifest: RunManifest | undefined): FactGroup[] {
  if (!manifest) return [];
  const { id, config, versions, hardware, model, checks, sessions } = manifest;
  const { command: _, acts: __, slo, metrics, ...rest } = checks;
  const { name, threads, prefill } = config.backend;
  return [
    {
      title: 'Plan and seeds',
      facts: factsOf({
        ...{ plan: id, seed: config.seed, repeats: config.repeats, temperature: config.temperature },
        ...{ 'max tokens': config.maxTokens ?? 'the default of the benchmark', backend: name, threads, prefill },
        ...{ concurrency: config.concurrency, margin: config.margin, objectives: slo },
        benchmarks: config.benchmarks.map(({ name, samples }) => `${name}: ${samples ?? 'all'} samples`).join(', '),
      }),
    },
    { title: 'Versions', facts: factsOf(versions) },
    { title: 'Machine', facts: factsOf(hardware) },
    // Where the file lies is nobody's business.
    { title: 'Model', facts: factsOf({ ...model, path: undefined }) },
    { title: 'Checks at the start', facts: factsOf({ ...rest, 'modules with metrics': metrics?.length }) },
    {
      title: 'Sessions',
      facts: sessions.map(({ started_at, ended_at, status, doubts = [] }, i) => ({
        name: `session ${i + 1}`,
        value: [`${started_at} to ${ended_at ?? 'unknown'}`, status, ...doubts].filter(Boolean).join('; '),
      })),
    },
  ];
}

const isHash = (text: string) => /\b[0-9a-f]{12,}\b/.test(text);

function factsOf(values: Readonly<Record<string, unknown>>): RunFact[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === '' ? [] : [{ name: plainText(name, most), value: text, ...(isHash(text) && { isCode: true }) }];
  });
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return plainText(typeof value === 'object' ? JSON.stringify(value) : String(value), most);
}
